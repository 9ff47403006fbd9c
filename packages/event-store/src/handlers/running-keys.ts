import { type Clock, CommandStillRunning, IdempotencyKeyReused, type Json } from '@tidings/core'
import type { AnswerKey } from './answer-keys.ts'
import { settleWithin } from './settle-within.ts'
import { timeWithin } from './time-within.ts'

/** When to ask again for the answer of a command that takes longer than its repetition may wait. */
const retryAfterMs = 1_000

/** How long a repetition may wait for the first one. */
export interface Patience {
  readonly clock: Clock
  /** When the request's time is over, on the clock that never jumps. */
  readonly until: number
  readonly signal: AbortSignal
}

/** Commands of one service that run now, by idempotency key: a second request with the same key waits for the first. */
export class RunningKeys {
  readonly #running = new Map<string, { readonly fingerprint: string; readonly answer: Promise<Json> }>()

  /**
   * Runs the work, or answers with that of the same key that runs already. Should that one fail, because its caller left for
   * instance, this one runs after all.
   *
   * @throws {IdempotencyKeyReused} The one that runs has another input.
   * @throws {CommandStillRunning} It still runs when this one has no more time to wait.
   */
  async once(key: AnswerKey, patience: Patience, work: () => Promise<Json>): Promise<Json> {
    for (let running = this.#running.get(key.row); running !== undefined; running = this.#running.get(key.row)) {
      if (running.fingerprint !== key.fingerprint) throw new IdempotencyKeyReused(key)
      const answer = await outcomeOf(running.answer, key, patience)
      if (answer !== undefined) return answer.output
    }
    const answer = work()
    this.#running.set(key.row, { fingerprint: key.fingerprint, answer })
    try {
      return await answer
    } finally {
      this.#running.delete(key.row)
    }
  }
}

/** Undefined when the command failed. */
function outcomeOf(
  answer: Promise<Json>,
  key: AnswerKey,
  { clock, until, signal }: Patience,
): Promise<{ readonly output: Json } | undefined> {
  const settled = answer.then(
    (output) => ({ output }),
    () => undefined,
  )
  const late = (): Error => new CommandStillRunning({ ...key, retryAfterMs })
  return settleWithin(clock, Math.max(0, timeWithin(until - clock.monotonic())), settled, late, signal)
}
