import type { Clock, Random, Runtime } from '@tidings/core'

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** A clock that goes on only when the test says so; sleeps of 0 end by themselves. */
export class HandClock implements Clock {
  #elapsed = 0
  /** 2027, a whole second. Move it alone to let the wall clock jump. */
  wall = 1_800_000_000_000
  readonly #sleepers = new Set<Sleeper>()

  now(): number {
    return this.wall
  }

  monotonic(): number {
    return this.#elapsed
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (ms <= 0) return void setImmediate(resolve)
      const sleeper: Sleeper = { until: this.#elapsed + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', () => this.#sleepers.delete(sleeper) && reject(signal.reason), { once: true })
    })
  }

  /** Goes on from wait to wait, and lets everything happen that follows from each. */
  async move(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    for (;;) {
      await settle()
      const next = Math.min(end, ...[...this.#sleepers].map(({ until }) => until))
      this.wall += Math.max(0, next - this.#elapsed)
      this.#elapsed = Math.max(this.#elapsed, next)
      const due = [...this.#sleepers].filter(({ until }) => until <= this.#elapsed)
      for (const sleeper of due) {
        this.#sleepers.delete(sleeper)
        sleeper.wake()
      }
      if (due.length === 0 && this.#elapsed >= end) return settle()
    }
  }
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What a test's library writes, and the same chances each time. */
export function handRuntime(): Runtime & { readonly clock: HandClock; readonly lines: string[] } {
  const lines: string[] = []
  const write = (message: string): void => void lines.push(message)
  const random: Random = { next: () => 0.5, bytes: (length) => new Uint8Array(length).fill(7) }
  return { clock: new HandClock(), random, logger: { info: write, warn: write, error: write }, lines }
}
