import type { Clock } from '@tidings/core'

/** Handlers that run now: who stops the system waits for them, and tells which ones it cut off. */
export class WorkInHand {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #running = new Set<{ readonly what: string; readonly since: number }>()
  #waiting: (() => void)[] = []

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Settles as the work does, which is in hand until then. */
  async during<R>(what: string, work: () => Promise<R>): Promise<R> {
    const one = { what, since: this.#clock.monotonic() }
    this.#running.add(one)
    try {
      return await work()
    } finally {
      this.#running.delete(one)
      if (this.#running.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
    }
  }

  /** Resolves when nothing is in hand. */
  async none(): Promise<void> {
    while (this.#running.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** What is in hand, with how long it has been, in milliseconds. */
  get all(): readonly { readonly what: string; readonly forMs: number }[] {
    return [...this.#running].map(({ what, since }) => ({ what, forMs: this.#clock.monotonic() - since }))
  }
}
