import type { Clock } from '@tidings/core'

/** A clock that stands still until the test moves it. */
export class HandClock implements Clock {
  #time = 0
  #waiting: { readonly at: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#time
  }

  monotonic(): number {
    return this.#time
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return new Promise((resolve) => setImmediate(resolve))
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const waiting = { at: this.#time + ms, wake: resolve }
      this.#waiting.push(waiting)
      signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting)
        reject(signal.reason)
      })
    })
  }

  /** Goes on by so much, and wakes who is due, in order. */
  move(ms: number): void {
    this.#time += ms
    const due = this.#waiting.filter(({ at }) => at <= this.#time).sort((a, b) => a.at - b.at)
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#time)
    for (const { wake } of due) wake()
  }
}
