import type { Authentication, AuthenticationRequest, Authenticator, Readiness } from '@tidings/core'
import { TokenRevoked } from '../../errors/revocation-errors.ts'
import type { LiveTokens } from '../../revocation/facts/live-tokens.ts'
import type { RevocationIndex } from '../../revocation/facts/revocation-index.ts'
import type { RevocationFeed } from '../../revocation/feed/revocation-feed.ts'
import { knownRevocations } from '../../revocation/known-revocations.ts'
import { readClaims } from '../../tokens/read-claims.ts'
import { readEnvelope } from '../../tokens/read-envelope.ts'
import { accessTokenType, type TokenRules } from '../../tokens/token-rules.ts'
import { checkAlgorithm } from '../../tokens/verify-signature.ts'
import { checkExpiry, checkHeader } from '../../tokens/verify-token.ts'
import { bearerToken } from '../bearer-token.ts'
import { anonymous, answerTo } from '../refusals.ts'
import { WatchedPrincipal } from '../token-principal.ts'
import { checkIntrospectOptions, type FullIntrospectOptions, type IntrospectOptions } from './introspect-options.ts'
import { introspection } from './introspection.ts'
import { Questions } from './questions.ts'

const maxRevocations = 1_000_000

/**
 * Asks the auth service about every token (RFC 7662). While it is away nobody is let in, and nobody logged out: requests are
 * answered 503.
 *
 * However many requests come with one token at once, it is asked once. With a `log` its answers are kept for `keepForMs`, and
 * taken back by the revocations that are read there; only facts are kept, and audience, expiry and scopes are decided for
 * each request.
 *
 * @throws {DefinitionInvalid} Options that are not usable.
 */
export function introspect(options: IntrospectOptions): Authenticator {
  return new IntrospectAuthenticator(checkIntrospectOptions(options))
}

class IntrospectAuthenticator implements Authenticator {
  readonly #options: FullIntrospectOptions
  readonly #rules: TokenRules
  readonly #questions: Questions
  readonly #index: RevocationIndex
  readonly #live: LiveTokens
  readonly #feed: RevocationFeed | undefined

  constructor(options: FullIntrospectOptions) {
    const { issuer, audience, ask, log, maxTokenLifeMs, clockToleranceMs } = options
    this.#options = options
    this.#rules = { issuer, audience, type: accessTokenType, maxLifetimeMs: maxTokenLifeMs, clockToleranceMs }
    this.#questions = new Questions(typeof ask === 'function' ? ask : introspection(ask), options)
    // The auth service itself checks signatures.
    const known = knownRevocations({ ...options, maxRevocations, onKeys: async () => {} })
    this.#index = known.index
    this.#live = known.live
    if (log !== undefined) this.#feed = known.follow(log)
  }

  async start(): Promise<void> {
    this.#feed?.start()
  }

  async stop(): Promise<void> {
    this.#feed?.stop()
    this.#live.clear()
    this.#questions.forget()
  }

  /** Always ready: what it must know it asks for. That the auth service is away is no reason to take this process out as well. */
  readiness(): Readiness {
    const fault = this.#feed?.fault
    return { ready: true, reasons: [], notes: fault === undefined ? [] : [`${fault}; the auth service is asked about each request`] }
  }

  async authenticate(request: AuthenticationRequest): Promise<Authentication> {
    try {
      const token = bearerToken(request)
      return token === undefined ? anonymous : await this.#decide(token, request.signal)
    } catch (error) {
      return answerTo(error, this.#options.runtime.logger)
    }
  }

  async #decide(token: string, signal: AbortSignal | undefined): Promise<Authentication> {
    // What is no token is refused here: it costs the auth service nothing, and its answers are kept by the one spelling there is.
    const header = readEnvelope(token)
    checkAlgorithm(header)
    checkHeader(header, this.#rules)
    const mayKeep = this.#feed?.isFresh === true && !this.#index.isIncomplete
    const said = await this.#questions.about(token, mayKeep, signal)
    if (!said.active) throw new TokenRevoked()
    const { active: _, token_type: _type, ...claims } = said
    const now = this.#options.runtime.clock.now()
    const read = readClaims(Buffer.from(JSON.stringify(claims)), this.#rules, now)
    checkExpiry(read, header.kid, this.#rules, now)
    // An answer that was kept, or took its time: the log may have been faster.
    if (this.#index.standingOf(read) === 'revoked') throw new TokenRevoked()
    return { outcome: 'authenticated', principal: new WatchedPrincipal(read, this.#live) }
  }
}
