import type { Clock } from '@tidings/core'
import type { ClientSession } from 'mongodb'

const mostMs = 1_000

/**
 * Where transactions that met a conflict wait for one of this process to end, one for each that ends. Were all to run again at
 * once, one would get through and the rest meet it again: of n that write one document some n² would run.
 *
 * Whoever is in the way may be another process, or take long. So nobody waits longer than for four transactions as they take
 * here and now: on a busy machine, that is long.
 */
export class ConflictQueue {
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  /** Since when, by session. */
  readonly #open = new Map<ClientSession, number>()
  /** How long a transaction takes that meets no conflict, about. */
  #usualMs = 20

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A transaction begins that may be in the way of others. */
  begin(session: ClientSession): void {
    this.#open.set(session, this.#clock.monotonic())
  }

  /** It has ended. @param wasInTheWay False where it met a conflict itself: then it was not the one that others wait for. */
  end(session: ClientSession, wasInTheWay: boolean): void {
    const startedAt = this.#open.get(session)
    this.#open.delete(session)
    if (startedAt === undefined || !wasInTheWay) return
    this.#usualMs += (this.#clock.monotonic() - startedAt - this.#usualMs) / 8
    this.#waiting.shift()?.()
  }

  /** Resolves when it is one's turn. */
  async turn(): Promise<void> {
    if (this.#open.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    const itsTurn = new AbortController()
    const late = this.#clock.sleep(Math.min(4 * this.#usualMs, mostMs), itsTurn.signal).catch(() => {})
    await Promise.race([promise, late])
    itsTurn.abort()
    const place = this.#waiting.indexOf(resolve)
    if (place >= 0) this.#waiting.splice(place, 1)
  }
}
