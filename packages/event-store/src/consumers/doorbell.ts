import type { Clock } from '@tidings/core'

/** Remembers a ring until someone waits for it. */
export class Doorbell {
  readonly #clock: Clock
  #rung = false
  #answer: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Wakes who waits, or who will wait next. */
  ring(): void {
    this.#rung = true
    this.#answer?.()
  }

  /** Resolves at the next ring, at once when it has rung since the last wait, or after `ms`. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung) {
      const done = new AbortController()
      const rung = new Promise<void>((resolve) => {
        this.#answer = resolve
      })
      try {
        await Promise.race([rung, this.#clock.sleep(ms, AbortSignal.any([signal, done.signal]))])
      } finally {
        this.#answer = undefined
        done.abort()
      }
    }
    this.#rung = false
  }
}
