import type { Clock } from '@tidings/core'

interface Nap {
  readonly ms: number
  readonly wake: () => void
}

/** A clock whose sleeps end when the test wakes them, each by itself; sleeps of 0 end by themselves. */
export class NappingClock implements Clock {
  time = 0
  readonly #naps = new Set<Nap>()

  now(): number {
    return Date.now()
  }

  monotonic(): number {
    return this.time
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (ms <= 0) return void setImmediate(resolve)
      const nap: Nap = { ms, wake: resolve }
      this.#naps.add(nap)
      signal?.addEventListener('abort', () => {
        if (this.#naps.delete(nap)) reject(signal.reason)
      })
    })
  }

  /** Whether someone sleeps that was to sleep for so long. */
  isNapping(test: (ms: number) => boolean): boolean {
    return [...this.#naps].some(({ ms }) => test(ms))
  }

  /** Wakes those that were to sleep for so long. */
  wake(test: (ms: number) => boolean): void {
    for (const nap of [...this.#naps]) if (test(nap.ms) && this.#naps.delete(nap)) nap.wake()
  }
}
