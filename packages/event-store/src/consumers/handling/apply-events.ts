import {
  type CopyWrite,
  derivedId,
  type LedgerTransaction,
  type Meta,
  type NewEvent,
  type Reaction,
  type StoredEvent,
  type TraceContext,
  TransactionConflict,
  type WorkSpan,
} from '@tidings/core'
import { CopyBuffer } from '../../copies/copy-buffer.ts'
import { CopyNotServed } from '../../copies/copy-not-served.ts'
import { createContext } from '../../handlers/create-context.ts'
import type { CopyReads, HandlerHost } from '../../handlers/handler-host.ts'
import { type HandlerDatabase, HandlerScope, type Origin } from '../../handlers/handler-scope.ts'
import { InnerPrincipal } from '../../handlers/inner-principal.ts'
import { getRows } from '../../ledger/tables.ts'
import { decodeEvent, pickFields } from '../../log/decode-event.ts'
import type { HandlerPlan } from '../lane/handler-plan.ts'
import type { LaneContext } from '../lane/lane-context.ts'

/** The span that an event's handlers run in. */
export type SpanOf = (event: StoredEvent) => WorkSpan

/** A handler failed at an event; the transaction must be rolled back. */
export class HandlerFailure extends Error {
  readonly event: StoredEvent
  override readonly cause: unknown

  constructor(event: StoredEvent, cause: unknown) {
    super(`A handler failed at position ${event.position}.`)
    this.event = event
    this.cause = cause
  }
}

/** Which of the plan's handlers run. */
export interface Selection {
  /** Whether a copy of the library's takes part. */
  readonly feeds: (copy: string) => boolean
  /** Whether a tracked handler runs at this position. */
  readonly runs: (handler: string, position: number) => boolean
  /** True when the events were handled before. */
  readonly replay: boolean
  /** True when no row can hold anything newer than the events: they come in the order of the log, for the first time. */
  readonly inOrder: boolean
}

/**
 * Runs the handlers of events, in order, in one transaction. What they publish is collected, not yet staged.
 *
 * @throws {HandlerFailure} With the event at fault.
 * @throws {TransactionConflict} Run all of it again.
 */
export class EventApplication {
  readonly staged: NewEvent[] = []
  readonly #context: LaneContext
  readonly #tx: LedgerTransaction<unknown>
  readonly #selection: Selection
  readonly #buffers: ReadonlyMap<string, CopyBuffer>
  readonly #host: HandlerHost
  readonly #inBatch: boolean
  readonly #database: HandlerDatabase
  readonly #spanOf: SpanOf | undefined
  #scope: HandlerScope | undefined
  #cancelled: { readonly reason: unknown } | undefined

  private constructor(
    context: LaneContext,
    tx: LedgerTransaction<unknown>,
    selection: Selection,
    buffers: ReadonlyMap<string, CopyBuffer>,
    inBatch: boolean,
    spanOf: SpanOf | undefined,
  ) {
    this.#context = context
    this.#tx = tx
    this.#selection = selection
    this.#buffers = buffers
    this.#inBatch = inBatch
    this.#spanOf = spanOf
    this.#database = { mode: 'write', tx }
    this.#host = { ...context.host, copies: flushing(context.host.copies, () => this.#flush()) }
  }

  /** Makes ready for the events: finds the served copies and reads the rows they touch. A single event outside a batch touches the transaction only once its handler does. */
  static async open(
    context: LaneContext,
    tx: LedgerTransaction<unknown>,
    events: readonly StoredEvent[],
    selection: Selection,
    inBatch: boolean,
    spanOf?: SpanOf,
  ): Promise<EventApplication> {
    const touched = touchedCopies(context.plan, events, selection)
    const buffers = touched.size === 0 ? new Map<string, CopyBuffer>() : await openBuffers(context, tx, touched, selection)
    return new EventApplication(context, tx, selection, buffers, inBatch, spanOf)
  }

  /** Runs the event's handlers. */
  run(event: StoredEvent): Promise<void> {
    const span = this.#spanOf?.(event)
    return span === undefined ? this.#run(event, event) : span.run(() => this.#run(event, span.trace))
  }

  async #run(event: StoredEvent, trace: TraceContext): Promise<void> {
    const plan = this.#context.plan.types.get(event.type)
    if (plan === undefined) return
    try {
      let data = decodeEvent(event, plan.type)
      // Awaiting what is there already would cost a turn for each event.
      if (data instanceof Promise) data = await data
      let isFresh = true
      for (const copy of plan.copies) {
        this.#buffers.get(copy.name)?.apply(event, data)
        isFresh = false
      }
      for (const handler of plan.handlers) {
        if (!this.#selection.runs(handler.name, event.position)) continue
        // Each handler gets data of its own: what one does to it reaches neither a copy nor another handler.
        if (!isFresh) data = await decodeEvent(event, plan.type)
        isFresh = false
        await this.#runHandler(handler, event, pickFields(data, handler.event.fields), trace)
      }
    } catch (error) {
      this.#scope?.finish(error)
      // Some databases tell of a conflict at the write and not at the commit. The event has no part in it: all runs again.
      if (error instanceof TransactionConflict) throw error
      throw new HandlerFailure(event, error)
    }
  }

  /** Writes the copies. Call it once all events have run. */
  async finish(): Promise<void> {
    await this.#flush()
  }

  /** Ends the handler that runs now: its context is dead from here on, and should it settle after all, no further one begins. */
  cancel(reason: unknown): void {
    this.#cancelled ??= { reason }
    this.#scope?.finish(reason)
  }

  async #runHandler(handler: Reaction | CopyWrite, event: StoredEvent, data: unknown, trace: TraceContext): Promise<void> {
    if (this.#cancelled !== undefined) throw this.#cancelled.reason
    const scope = new HandlerScope(() => originOf(this.#context, handler, event, trace), this.#database, { inBatch: this.#inBatch })
    this.#scope = scope
    const meta = (): Meta => metaOf(event, derivedId(scope.origin.key), this.#selection.replay)
    const context = createContext(this.#host, scope, { meta })
    // The types were checked where the service was defined.
    if (handler.kind === 'reaction') await handler.handler(data, context)
    else await handler.write(data, context as { db: unknown; meta: Meta })
    scope.finish()
    if (scope.staged.length > 0) this.staged.push(...scope.staged)
  }

  async #flush(): Promise<void> {
    for (const buffer of this.#buffers.values()) await buffer.flush(this.#tx)
  }
}

/** The names of what a selection runs for an event: handlers, and copies as `copy <name>`. */
export function handlersFor({ plan }: LaneContext, event: StoredEvent, selection: Selection): readonly string[] {
  const { copies = [], handlers = [] } = plan.types.get(event.type) ?? {}
  return [
    ...copies.flatMap(({ name }) => (selection.feeds(name) ? [`copy ${name}`] : [])),
    ...handlers.flatMap(({ name }) => (selection.runs(name, event.position) ? [name] : [])),
  ]
}

function originOf({ config, host }: LaneContext, handler: Reaction | CopyWrite, event: StoredEvent, trace: TraceContext): Origin {
  return {
    handler: `${config.name} on ${handler.name}`,
    key: `${event.id}\u001f${config.name}\u001f${handler.name}`,
    correlationId: event.correlationId,
    causationId: event.id,
    trace,
    principal: new InnerPrincipal(`service:${host.service.contract.name}`),
  }
}

function touchedCopies(plan: HandlerPlan, events: readonly StoredEvent[], selection: Selection): Map<string, string[]> {
  const touched = new Map<string, string[]>()
  for (const event of events) {
    for (const copy of plan.types.get(event.type)?.copies ?? []) {
      if (!selection.feeds(copy.name)) continue
      const keys = touched.get(copy.name)
      if (keys === undefined) touched.set(copy.name, [event.key])
      else keys.push(event.key)
    }
  }
  return touched
}

async function openBuffers(
  context: LaneContext,
  tx: LedgerTransaction<unknown>,
  touched: ReadonlyMap<string, readonly string[]>,
  selection: Selection,
): Promise<ReadonlyMap<string, CopyBuffer>> {
  const buffers = new Map<string, CopyBuffer>()
  const names = [...touched.keys()]
  const rows = await getRows(tx, 'copies', names)
  for (const [i, name] of names.entries()) {
    const definition = context.plan.copies.find((copy) => copy.name === name)
    const row = rows[i]
    if (definition === undefined || row === undefined || row.definition !== definition.digest)
      throw new CopyNotServed({ service: context.host.service.contract.name, copy: name })
    const buffer = new CopyBuffer(definition, row.table)
    if (!selection.inOrder || !definition.isSingle) await buffer.load(tx, touched.get(name) ?? [])
    buffers.set(name, buffer)
  }
  return buffers
}

/** Copies inside the transaction are read after what was changed so far is written. */
function flushing(copies: CopyReads, flush: () => Promise<void>): CopyReads {
  return {
    get: async (...query) => {
      await flush()
      return copies.get(...query)
    },
    find: async (...query) => {
      await flush()
      return copies.find(...query)
    },
  }
}

function metaOf(event: StoredEvent, idempotencyKey: string, replay: boolean): Meta {
  return {
    id: event.id,
    key: event.key,
    position: event.position,
    time: new Date(event.time),
    service: event.service,
    correlationId: event.correlationId,
    ...(event.causationId === undefined ? {} : { causationId: event.causationId }),
    replay,
    idempotencyKey,
  }
}
