import { createHash } from 'node:crypto'
import { type Json, type RequestPolicy, requestPolicy, ServiceUnavailable } from '@tidings/core'
import { auth } from '../../contract/auth-contract.ts'
import { AuthServiceUnavailable } from '../../errors/decision-errors.ts'
import { within } from '../../timing/within.ts'
import type { FullIntrospectOptions } from './introspect-options.ts'
import type { AskAboutToken, Introspection } from './introspection.ts'

const question = 'whether the token is active'
const service = 'auth'

interface Kept {
  readonly answer: Introspection & { readonly active: true }
  readonly until: number
}

/**
 * The questions to the auth service: each token is asked about once at a time, however many requests come with it, and not
 * at all while the service keeps failing.
 *
 * Answers are kept by a digest of the token, of which the envelope leaves one spelling. A second signature over the same
 * claims is a second entry and no more: what revokes goes by the ids that the answer names.
 */
export class Questions {
  readonly #options: FullIntrospectOptions
  readonly #ask: AskAboutToken
  readonly #policy: RequestPolicy
  readonly #underWay = new Map<string, Promise<Introspection>>()
  readonly #kept = new Map<string, Kept>()

  constructor(ask: AskAboutToken, options: FullIntrospectOptions) {
    this.#ask = ask
    this.#options = options
    const { failures, pauseMs, maxInFlight, runtime } = options
    this.#policy = requestPolicy({ failures, pauseMs, maxInFlight, maxWaiting: maxInFlight, retries: 1, runtime })
  }

  /**
   * What the auth service says of a token.
   *
   * @param mayKeep Whether an answer from a moment ago will do.
   * @throws {AuthServiceUnavailable}
   */
  async about(token: string, mayKeep: boolean, signal: AbortSignal | undefined): Promise<Introspection> {
    const { clock } = this.#options.runtime
    const key = createHash('sha256').update(token).digest('base64')
    const kept = this.#kept.get(key)
    if (mayKeep && kept !== undefined && kept.until > clock.monotonic()) return kept.answer
    const underWay = this.#underWay.get(key) ?? this.#begin(key, token)
    const gone = (): Error => new AuthServiceUnavailable({ question, retryAfterMs: 1_000 })
    try {
      // Who leaves does not take the answer from the others.
      return await within(clock, this.#options.timeoutMs, gone, () => underWay, signal)
    } catch (cause) {
      throw cause instanceof AuthServiceUnavailable ? cause : new AuthServiceUnavailable({ question, retryAfterMs: 1_000, cause })
    }
  }

  forget(): void {
    this.#kept.clear()
  }

  #begin(key: string, token: string): Promise<Introspection> {
    const answer = this.#carryOut(token).then((said) => {
      if (said.active) this.#keep(key, said)
      else this.#kept.delete(key)
      return said
    })
    this.#underWay.set(key, answer)
    const done = (): void => void this.#underWay.delete(key)
    answer.then(done, done)
    return answer
  }

  async #carryOut(token: string): Promise<Introspection> {
    const { timeoutMs, runtime } = this.#options
    const late = (): Error => new AuthServiceUnavailable({ question, retryAfterMs: 1_000 })
    try {
      return await within(runtime.clock, timeoutMs, late, async (signal) => {
        let said: Introspection | undefined
        const request = { service, operation: 'introspect', input: null, timeoutMs }
        await this.#policy.run({ request, operation: auth.operations.introspect, signal }, async (_, ended) => {
          said = await this.#askOnce(token, ended)
          const output: Json = null
          return { ok: true, output }
        })
        if (said === undefined) throw late()
        return said
      })
    } catch (cause) {
      if (cause instanceof AuthServiceUnavailable) throw cause
      const retryAfterMs = cause instanceof ServiceUnavailable ? cause.retryAfterMs : 1_000
      throw new AuthServiceUnavailable({ question, retryAfterMs, cause })
    }
  }

  async #askOnce(token: string, signal: AbortSignal): Promise<Introspection> {
    try {
      return await this.#ask(token, signal)
    } catch (cause) {
      // As the policy reads it: the service is out of order, and asking again does no harm.
      throw new ServiceUnavailable({ service, reason: 'it did not answer', retryAfterMs: 1_000, cause })
    }
  }

  #keep(key: string, answer: Kept['answer']): void {
    const { keepForMs, maxKept, runtime } = this.#options
    if (keepForMs === 0) return
    this.#kept.delete(key)
    this.#kept.set(key, { answer, until: runtime.clock.monotonic() + keepForMs })
    // An answer may be left out to make room: it is asked for again.
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxKept) break
      this.#kept.delete(oldest)
    }
  }
}
