import type { Clock } from '../src/index.ts'

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

  /** The times at which somebody is to be woken, counted from now. */
  get waits(): readonly number[] {
    return this.#waiting.map(({ at }) => at - this.#time).sort((a, b) => a - b)
  }

  /** Goes on by so much, wakes who is due, and lets everything happen that follows from it. */
  async move(ms: number): Promise<void> {
    this.#time += ms
    const due = this.#waiting.filter(({ at }) => at <= this.#time).sort((a, b) => a.at - b.at)
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#time)
    for (const { wake } of due) wake()
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Goes on from wait to wait until the promise has settled. */
  async moveUntilSettled(promise: Promise<unknown>): Promise<void> {
    let settled = false
    promise.then(
      () => (settled = true),
      () => (settled = true),
    )
    await this.move(0)
    while (!settled) await this.move(this.waits[0] ?? 0)
  }
}
