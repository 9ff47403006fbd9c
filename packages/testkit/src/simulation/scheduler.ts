import type { Clock } from '@tidings/core'

interface Timer {
  readonly at: number
  readonly sequence: number
  readonly run: () => void
  cancelled: boolean
}

/** 2026-01-01T00:00:00Z, in milliseconds. */
const beginning = 1_767_225_600_000

/**
 * Virtual time on one thread. Nothing happens by itself: `runUntil` lets all that is ready finish, then moves the clock to the
 * next timer. The same calls give the same order, always.
 */
export class Scheduler {
  #now = 0
  #sequence = 0
  readonly #timers: Timer[] = []

  /** The clock that everything in the simulation sees. */
  readonly clock: Clock = {
    now: () => beginning + Math.floor(this.#now),
    monotonic: () => this.#now,
    sleep: (ms, signal) => this.sleep(ms, signal),
  }

  get nowMs(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = this.#add(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      function abort(): void {
        timer.cancelled = true
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /**
   * Runs until the condition holds.
   *
   * @returns False when nothing is left to do, or the virtual time is over.
   */
  async runUntil(isDone: () => boolean, withinMs: number): Promise<boolean> {
    const until = this.#now + withinMs
    for (;;) {
      // Everything that is ready runs to its next wait: all of it is microtasks, for nothing here is truly asynchronous.
      await new Promise((resolve) => setImmediate(resolve))
      if (isDone()) return true
      const next = this.#pop()
      if (next === undefined || next.at > until) return false
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
  }

  #add(ms: number, run: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, ms), sequence: this.#sequence++, run, cancelled: false }
    const { length } = this.#timers
    this.#timers.push(timer)
    let i = length
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(this.#at(i), this.#at(parent))) break
      this.#swap(i, parent)
      i = parent
    }
    return timer
  }

  #pop(): Timer | undefined {
    for (;;) {
      const first = this.#timers[0]
      if (first === undefined) return undefined
      const last = this.#timers.pop()
      if (last !== undefined && this.#timers.length > 0) {
        this.#timers[0] = last
        this.#sink()
      }
      if (!first.cancelled) return first
    }
  }

  #sink(): void {
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      let least = i
      if (left < this.#timers.length && isBefore(this.#at(left), this.#at(least))) least = left
      if (right < this.#timers.length && isBefore(this.#at(right), this.#at(least))) least = right
      if (least === i) return
      this.#swap(i, least)
      i = least
    }
  }

  #at(i: number): Timer {
    return this.#timers[i] as Timer
  }

  #swap(i: number, j: number): void {
    const kept = this.#at(i)
    this.#timers[i] = this.#at(j)
    this.#timers[j] = kept
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
}
