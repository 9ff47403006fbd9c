import type { Runtime } from '@tidings/core'

/** How often it looks, in milliseconds. */
const beatMs = 250
/** A gap of this length between two looks is a stall. */
const stallMs = 1_000
/** How long after a stall requests may still come that have waited for it to end. */
const afterMs = 1_000
/** How many turns of the event loop it takes to learn that whoever sent a request has left. */
const turns = 10

/**
 * Knows when this process stood still: stopped, suspended with its machine, or busy without a pause. What arrived meanwhile may be
 * long out of date, and nothing in it tells. But a caller who has given up has closed the connection, which shows a few
 * turns of the event loop after the request.
 */
export class StallWatch {
  readonly #clock: Runtime['clock']
  readonly #over = new AbortController()
  #lastBeat = Number.POSITIVE_INFINITY
  #doubtUntil = Number.NEGATIVE_INFINITY

  constructor(clock: Runtime['clock']) {
    this.#clock = clock
  }

  /** Begins to look. */
  start(): void {
    this.#lastBeat = this.#clock.monotonic()
    void this.#beat()
  }

  /** Whether this process stood still just now. */
  get isRecent(): boolean {
    const now = this.#clock.monotonic()
    // After a stall requests may be read before the timer goes off.
    return now < this.#doubtUntil || now - this.#lastBeat >= stallMs
  }

  /** Resolves once it would have shown that the caller has left. */
  async settled(gone: AbortSignal): Promise<void> {
    for (let turn = 0; turn < turns && !gone.aborted; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Looks no more. */
  stop(): void {
    this.#over.abort()
  }

  async #beat(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await this.#clock.sleep(beatMs, this.#over.signal, true).catch(() => {})
      const now = this.#clock.monotonic()
      if (now - this.#lastBeat >= stallMs) this.#doubtUntil = now + afterMs
      this.#lastBeat = now
    }
  }
}
