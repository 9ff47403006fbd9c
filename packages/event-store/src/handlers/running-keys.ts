import { IdempotencyKeyReused, type Json } from '@tidings/core'
import type { AnswerKey } from './answer-keys.ts'

/** Commands of one service that run now, by idempotency key: a second request with the same key waits for the first. */
export class RunningKeys {
  readonly #running = new Map<string, { readonly fingerprint: string; readonly answer: Promise<Json> }>()

  /**
   * Runs the work, or answers with that of the same key that runs already.
   *
   * @throws {IdempotencyKeyReused} The one that runs has another input.
   */
  async once(key: AnswerKey, work: () => Promise<Json>): Promise<Json> {
    const running = this.#running.get(key.row)
    if (running !== undefined) {
      if (running.fingerprint !== key.fingerprint) throw new IdempotencyKeyReused(key)
      return running.answer
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
