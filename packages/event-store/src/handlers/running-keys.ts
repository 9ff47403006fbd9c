import { IdempotencyKeyReused, type Json } from '@tidings/core'
import type { AnswerKey } from './answer-keys.ts'

/** Commands of one service that run now, by idempotency key: a second request with the same key waits for the first. */
export class RunningKeys {
  readonly #running = new Map<string, { readonly fingerprint: string; readonly answer: Promise<Json> }>()

  /**
   * Runs the work, or answers with that of the same key that runs already. Should that one fail, because its caller left for
   * instance, this one runs after all.
   *
   * @throws {IdempotencyKeyReused} The one that runs has another input.
   */
  async once(key: AnswerKey, work: () => Promise<Json>): Promise<Json> {
    for (let running = this.#running.get(key.row); running !== undefined; running = this.#running.get(key.row)) {
      if (running.fingerprint !== key.fingerprint) throw new IdempotencyKeyReused(key)
      const answer = await running.answer.then(
        (output) => ({ output }),
        () => undefined,
      )
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
