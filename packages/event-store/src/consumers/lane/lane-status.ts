import type { Clock, Position } from '@tidings/core'

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
  /** The position that is being tried, and since when, on the monotonic clock. */
  trying: { readonly position: Position; readonly since: number } | undefined

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

  /** How long the same event has been tried, in milliseconds. */
  get tryingForMs(): number {
    return this.trying === undefined ? 0 : this.#clock.monotonic() - this.trying.since
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
