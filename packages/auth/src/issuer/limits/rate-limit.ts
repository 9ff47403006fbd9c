import type { Clock } from '@tidings/core'

/** How often something may be done. */
export interface Rate {
  /** So many times at once, and in any window on the average, from 1. */
  readonly times: number
  /** In milliseconds, from 1. */
  readonly windowMs: number
}

/**
 * Admits each key so many times in a window, in this process (GCRA: a bucket that leaks steadily, kept as one number). Holds
 * what is known of at most `maxKeys` keys; past that the one whose turn is nearest is forgotten.
 */
export class RateLimit {
  readonly #everyMs: number
  readonly #burstMs: number
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #maxKeys: number
  /** When each key's bucket will have leaked empty. Keys that were seen longest ago come first. */
  readonly #emptyAt = new Map<string, number>()

  constructor({ times, windowMs }: Rate, clock: Pick<Clock, 'monotonic'>, maxKeys = 100_000) {
    this.#everyMs = windowMs / times
    this.#burstMs = windowMs
    this.#clock = clock
    this.#maxKeys = maxKeys
  }

  /** Counts one time, unless there were too many. @returns 0, or after how many milliseconds to come again. */
  take(key: string): number {
    const now = this.#clock.monotonic()
    const emptyAt = Math.max(this.#emptyAt.get(key) ?? now, now) + this.#everyMs
    const waitMs = emptyAt - this.#burstMs - now
    // Of sums of fractions.
    if (waitMs > 1e-6) return Math.max(1, Math.ceil(waitMs))
    this.#emptyAt.delete(key)
    this.#emptyAt.set(key, emptyAt)
    if (this.#emptyAt.size > this.#maxKeys) this.#forget(now)
    return 0
  }

  /** Takes one time back. */
  giveBack(key: string): void {
    const emptyAt = this.#emptyAt.get(key)
    if (emptyAt !== undefined) this.#emptyAt.set(key, emptyAt - this.#everyMs)
  }

  /** How many keys are known. */
  get size(): number {
    return this.#emptyAt.size
  }

  #forget(now: number): void {
    for (const [key, emptyAt] of this.#emptyAt) if (emptyAt <= now) this.#emptyAt.delete(key)
    for (const key of this.#emptyAt.keys()) {
      if (this.#emptyAt.size <= this.#maxKeys) return
      this.#emptyAt.delete(key)
    }
  }
}
