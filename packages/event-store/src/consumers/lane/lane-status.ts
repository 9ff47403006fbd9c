import type { Clock, Position } from '@tidings/core'
import type { Holder } from '../../ledger/tables.ts'
import type { Retry } from './retry.ts'

/**
 * What a consumer's lane is doing in this instance.
 *
 * - `starting`: before the first look at the lane
 * - `standing-by`: another instance works on it
 * - `behind`: working off events from before the start
 * - `live`: caught up
 * - `stopped`: at an event that this code does not know; needs newer code
 * - `superseded`: a copy is served in the definition of other code
 * - `dead`: the work ended with an error, and is about to start again
 */
export type LanePhase = 'starting' | 'standing-by' | 'behind' | 'live' | 'stopped' | 'superseded' | 'dead'

/** The event in hand. */
interface Trying {
  readonly position: Position
  /** Since when, on the monotonic clock. */
  readonly since: number
  /** Set once it has failed; when it is tried again is on the monotonic clock. */
  readonly failed: { readonly retry: Retry; readonly nextAt: number } | undefined
}

/** Where a lane stands, and waiting for it to get somewhere. */
export class LaneStatus {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  phase: LanePhase = 'starting'
  /** Everything wanted at or under it is handled, parked or held. */
  handledUpTo: Position = 0
  /** Where the log stood when this instance started: caught up means past it. */
  target: Position = Number.POSITIVE_INFINITY
  error: unknown
  /** Who holds the lane while this instance stands by. */
  heldBy: Holder | undefined
  #trying: Trying | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether someone waits for a change. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0
  }

  get isCaughtUp(): boolean {
    return (this.phase === 'live' || this.phase === 'standing-by') && this.handledUpTo >= this.target
  }

  /** The position of the event in hand. */
  get trying(): Position | undefined {
    return this.#trying?.position
  }

  /** How long the same event has been tried, in milliseconds. */
  get tryingForMs(): number {
    return this.#trying === undefined ? 0 : this.#clock.monotonic() - this.#trying.since
  }

  /** What is known of the event in hand, once it has failed. */
  get retry(): Retry | undefined {
    const failed = this.#trying?.failed
    return failed === undefined ? undefined : { ...failed.retry, nextInMs: Math.max(0, failed.nextAt - this.#clock.monotonic()) }
  }

  /** Says that an event is in hand. */
  began(position: Position): void {
    if (this.#trying?.position !== position) this.#trying = { position, since: this.#clock.monotonic(), failed: undefined }
  }

  /** Says that the event in hand has failed and is going to be tried again. */
  failed(retry: Retry): void {
    this.began(retry.position)
    const now = this.#clock.monotonic()
    this.#trying = { position: retry.position, since: this.#trying?.since ?? now, failed: { retry, nextAt: now + retry.nextInMs } }
  }

  /** Says that nothing is in hand any more. */
  settled(): void {
    this.#trying = undefined
  }

  /** Says that something has changed: wakes those who wait. */
  changed(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves at the next change, or after `ms`. */
  async change(ms: number, signal?: AbortSignal): Promise<void> {
    const done = new AbortController()
    let wake: (() => void) | undefined
    const woken = new Promise<void>((resolve) => {
      wake = resolve
      this.#waiting.add(resolve)
    })
    try {
      await Promise.race([woken, this.#clock.sleep(ms, signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]))])
    } finally {
      if (wake !== undefined) this.#waiting.delete(wake)
      done.abort()
    }
  }
}
