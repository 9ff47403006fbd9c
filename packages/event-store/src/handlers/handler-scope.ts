import { HandlerFinished, type LedgerReader, type LedgerTransaction, type NewEvent, type Principal, type TraceContext } from '@tidings/core'

/** Where a handler comes from: what its events, calls and ids are derived from. */
export interface Origin {
  /** `orders.placeOrder`, or `billing on orders.order-placed`. */
  readonly handler: string
  /** The same when the handler runs again for the same cause. */
  readonly key: string
  readonly correlationId: string
  readonly causationId: string | undefined
  /** What its events and calls follow from. */
  readonly trace: TraceContext
  readonly principal: Principal
  /** The network address of the caller, where one is known. */
  readonly address?: string
}

/** The database as one handler sees it: a transaction, or a snapshot for those that only read. */
export type HandlerDatabase =
  | { readonly mode: 'write'; readonly tx: LedgerTransaction<unknown> }
  | { readonly mode: 'read'; readonly tx: LedgerReader & { readonly db: unknown } }

const nothing: readonly NewEvent[] = Object.freeze([])

/** The life of one run of one handler: what it staged, and whether it may still do anything. */
export class HandlerScope {
  readonly database: HandlerDatabase
  /** True in a batch, whose transaction is open before the handler starts. */
  readonly inBatch: boolean
  /** When the handler's time is over, on the clock that never jumps; infinite where something else ends it. */
  readonly until: number
  readonly #makeOrigin: () => Origin
  #origin: Origin | undefined
  #staged: NewEvent[] | undefined
  #finished = false
  #publishing = 0
  #ids = 0
  #abort: AbortController | undefined

  /** @param origin Made at its first use: most handlers of events need none. */
  constructor(
    origin: () => Origin,
    database: HandlerDatabase,
    { inBatch = false, until = Number.POSITIVE_INFINITY }: { readonly inBatch?: boolean; readonly until?: number } = {},
  ) {
    this.#makeOrigin = origin
    this.database = database
    this.inBatch = inBatch
    this.until = until
  }

  get origin(): Origin {
    this.#origin ??= this.#makeOrigin()
    return this.#origin
  }

  /** The events published so far. */
  get staged(): readonly NewEvent[] {
    return this.#staged ?? nothing
  }

  /** Aborted when the handler's time is up or its caller has gone. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#finished) this.#abort.abort()
    return this.#abort.signal
  }

  /** Whether the handler holds locks, so that it may not wait for another service any more. */
  get isWriting(): boolean {
    return this.database.mode === 'write' && (this.inBatch || this.database.tx.begun || this.#publishing > 0)
  }

  /** Says that an event is being published: from now on the handler writes. */
  beginPublishing(): void {
    this.#publishing++
  }

  /** Takes an event that is to be staged when the handler has returned. */
  stage(event: NewEvent): void {
    this.#staged ??= []
    this.#staged.push(event)
  }

  /** Counts the ids made so far, so that a second run makes the same ones. */
  nextId(): number {
    return this.#ids++
  }

  /** @throws {HandlerFinished} */
  assertAlive(used: string): void {
    if (this.#finished) throw new HandlerFinished({ handler: this.origin.handler, used })
  }

  /** Ends the scope: from now on everything in the context throws. */
  finish(reason?: unknown): void {
    this.#finished = true
    if (reason !== undefined) this.#abort?.abort(reason)
  }
}
