import type { Runtime } from '@tidings/core'
import { AuthServiceUnavailable } from '../../errors/decision-errors.ts'
import { within } from '../../timing/within.ts'
import type { Renew } from '../asking.ts'

/** For how long the answer is kept for the requests that were sent with the old token before the new one was there. */
const keptForMs = 30_000
const mostKept = 10_000

interface Renewal {
  readonly answer: Promise<string | undefined>
  readonly keptUntil: number
}

/** Renews each token once, however many requests come with it. */
export class Renewals {
  readonly #renew: Renew
  readonly #timeoutMs: number
  readonly #runtime: Runtime
  /** By the id of the token: its text may have more than one spelling of the signature. */
  readonly #renewals = new Map<string, Renewal>()

  constructor(renew: Renew, timeoutMs: number, runtime: Runtime) {
    this.#renew = renew
    this.#timeoutMs = timeoutMs
    this.#runtime = runtime
  }

  /**
   * The new token, or undefined where the auth service refuses one.
   *
   * @throws {AuthServiceUnavailable}
   */
  renew(tokenId: string, token: string): Promise<string | undefined> {
    const now = this.#runtime.clock.monotonic()
    for (const [id, { keptUntil }] of this.#renewals) {
      if (keptUntil > now && this.#renewals.size < mostKept) break
      this.#renewals.delete(id)
    }
    const known = this.#renewals.get(tokenId)
    if (known !== undefined) return known.answer
    const answer = this.#ask(token)
    this.#renewals.set(tokenId, { answer, keptUntil: now + keptForMs })
    // Only an answer is kept. Who asks after a failure asks anew.
    answer.catch(() => this.#renewals.delete(tokenId))
    return answer
  }

  async #ask(token: string): Promise<string | undefined> {
    const question = 'whether the token is renewed'
    const late = (): Error => new AuthServiceUnavailable({ question, retryAfterMs: 1_000 })
    try {
      return (await within(this.#runtime.clock, this.#timeoutMs, late, (signal) => this.#renew(token, signal)))?.token
    } catch (cause) {
      throw cause instanceof AuthServiceUnavailable ? cause : new AuthServiceUnavailable({ question, retryAfterMs: 1_000, cause })
    }
  }
}
