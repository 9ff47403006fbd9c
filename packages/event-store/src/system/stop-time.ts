import type { Clock } from '@tidings/core'
import { StopTimedOut } from './stop-timed-out.ts'

/** How long it may take to roll back what was cut off and to close everything, in milliseconds. */
const graceMs = 1_000

/** Given to whoever still waits when all has come to its end. */
const over = 'stopped'

/** The time that a stop may take: handlers are cut off at its end, and soon after it nothing is waited for any more. */
export class StopTime {
  readonly #cut = new AbortController()
  readonly #expired = new AbortController()
  readonly #finished = new AbortController()
  readonly #open: string[] = []
  #timeoutMs = 0
  #cutOff: readonly string[] = []

  /** Aborted when handlers have no more time. */
  get cut(): AbortSignal {
    return this.#cut.signal
  }

  /** Lets the time run. @param inHand Tells what is cut off. */
  begin(clock: Pick<Clock, 'sleep'>, timeoutMs: number, inHand: () => readonly string[]): void {
    this.#timeoutMs = timeoutMs
    const run = async (): Promise<void> => {
      await clock.sleep(timeoutMs, this.#finished.signal)
      this.#cutOff = inHand()
      this.#cut.abort(new Error('The system is stopping, and the time for what is in hand is over.'))
      await clock.sleep(graceMs, this.#finished.signal)
      this.#expired.abort()
    }
    run().catch(() => {})
  }

  /** Settles as the work does, or resolves when nothing is waited for any more. @param part What is left open then. */
  async within(part: string, work: Promise<unknown>): Promise<void> {
    const { signal } = this.#expired
    let give = (): void => {}
    const expired = new Promise<true>((resolve) => {
      give = () => resolve(true)
      // What can be closed at once is closed all the same.
      if (signal.aborted) setImmediate(give)
      else signal.addEventListener('abort', give, { once: true })
    })
    try {
      if ((await Promise.race([work.then(() => false), expired])) === true) this.#open.push(part)
    } finally {
      signal.removeEventListener('abort', give)
    }
  }

  /** Ends the time. Answers what was wrong, if anything was. */
  finish(): StopTimedOut | undefined {
    this.#finished.abort(over)
    if (this.#cutOff.length === 0 && this.#open.length === 0) return undefined
    return new StopTimedOut({ timeoutMs: this.#timeoutMs, cutOff: this.#cutOff, open: this.#open })
  }
}
