import type { Authentication, AuthenticationRequest, Authenticator, Readiness } from '@tidings/core'
import type { TokenExpired } from '../../errors/claim-errors.ts'
import { AuthServiceUnavailable, RevocationsStale } from '../../errors/decision-errors.ts'
import { TokenRevoked } from '../../errors/revocation-errors.ts'
import { fetchKeySet } from '../../keys/fetching/fetch-key-set.ts'
import { KeyRing } from '../../keys/fetching/key-ring.ts'
import type { VettedKey } from '../../keys/vetting/vet-key.ts'
import type { LiveTokens } from '../../revocation/facts/live-tokens.ts'
import type { RevocationIndex } from '../../revocation/facts/revocation-index.ts'
import type { RevocationFeed } from '../../revocation/feed/revocation-feed.ts'
import { knownRevocations, retentionOf } from '../../revocation/known-revocations.ts'
import { within } from '../../timing/within.ts'
import type { TokenClaims } from '../../tokens/read-claims.ts'
import { readEnvelope, type TokenHeader } from '../../tokens/read-envelope.ts'
import { accessTokenType, type TokenRules } from '../../tokens/token-rules.ts'
import { checkAlgorithm } from '../../tokens/verify-signature.ts'
import { checkHeader, expiryOf, verifyToken } from '../../tokens/verify-token.ts'
import { bearerToken } from '../bearer-token.ts'
import { anonymous, answerTo, refusalOf } from '../refusals.ts'
import { WatchedPrincipal } from '../token-principal.ts'
import { checkLocalOptions, type FullLocalOptions, type LocalOptions } from './local-options.ts'
import { Renewals } from './renewals.ts'

const keyCoolDownMs = 30_000

/**
 * Verifies tokens in this process, without asking anyone: the signature with the issuer's keys, and whether the token was
 * revoked with what the log says. A revocation holds here as soon as it was read, and no revoked token is taken once the
 * auth service has been silent for `maxStalenessMs`.
 *
 * @throws {DefinitionInvalid} Options that are not usable.
 */
export function local(options: LocalOptions): Authenticator {
  return new LocalAuthenticator(checkLocalOptions(options))
}

class LocalAuthenticator implements Authenticator {
  readonly #options: FullLocalOptions
  readonly #rules: TokenRules
  readonly #headers = new Map<string, TokenHeader>()
  readonly #keys: KeyRing
  readonly #index: RevocationIndex
  readonly #live: LiveTokens
  readonly #feed: RevocationFeed
  readonly #renewals: Renewals | undefined

  constructor(options: FullLocalOptions) {
    const { issuer, audience, maxTokenLifeMs, clockToleranceMs, timeoutMs, keys, log, runtime } = options
    this.#options = options
    this.#rules = { issuer, audience, type: accessTokenType, maxLifetimeMs: maxTokenLifeMs, clockToleranceMs }
    this.#keys = new KeyRing({
      load: typeof keys === 'function' ? keys : (signal) => fetchKeySet(keys, signal),
      refreshMs: options.refreshKeysMs,
      coolDownMs: keyCoolDownMs,
      timeoutMs,
      overlapMs: retentionOf(options),
      runtime,
    })
    const known = knownRevocations({ ...options, onKeys: (set) => this.#keys.learn(set) })
    this.#index = known.index
    this.#live = known.live
    this.#feed = known.follow(log)
    if (options.onExpired === 'renew' && options.renew !== undefined) this.#renewals = new Renewals(options.renew, timeoutMs, runtime)
  }

  async start(): Promise<void> {
    this.#keys.start()
    this.#feed.start()
  }

  async stop(): Promise<void> {
    this.#keys.stop()
    this.#feed.stop()
    this.#live.clear()
  }

  readiness(): Readiness {
    const revocations = this.#feed.fault ?? (this.#index.isIncomplete ? 'there are more revocations than are kept' : undefined)
    const canAsk = this.#options.introspect !== undefined
    const reasons = [this.#keys.fault, canAsk ? undefined : revocations]
    const notes = canAsk && revocations !== undefined ? [`${revocations}; the auth service is asked about each request`] : []
    const stated = reasons.filter((reason) => reason !== undefined)
    return { ready: stated.length === 0, reasons: stated, notes }
  }

  // One function, and few promises: this runs for every request.
  async authenticate(request: AuthenticationRequest): Promise<Authentication> {
    try {
      const token = bearerToken(request)
      if (token === undefined) return anonymous
      const claims = await this.#verify(token)
      const expired = expiryOf(claims, undefined, this.#rules, this.#options.runtime.clock.now())
      if (expired !== undefined) return await this.#renew(token, claims, expired, request.signal)
      if (!this.#canTell(claims)) await this.#ask(token, claims, request.signal)
      return { outcome: 'authenticated', principal: new WatchedPrincipal(claims, this.#live) }
    } catch (error) {
      return answerTo(error, this.#options.runtime.logger)
    }
  }

  /** What a token says that is good in every way but that it may have expired or been revoked. */
  #verify(token: string): Promise<TokenClaims> {
    const header = readEnvelope(token, this.#headers)
    checkAlgorithm(header)
    const keyId = checkHeader(header, this.#rules)
    const key = this.#keys.get(keyId)
    const verify = (found: VettedKey): Promise<TokenClaims> =>
      verifyToken(token, header, found, this.#rules, this.#options.runtime.clock.now())
    return key === undefined ? this.#keys.find(keyId).then(verify) : verify(key)
  }

  /** Whether it is known here that the token was not revoked. @throws {TokenRevoked} It was. */
  #canTell(claims: TokenClaims): boolean {
    const standing = this.#index.standingOf(claims)
    if (standing === 'revoked') throw new TokenRevoked()
    return standing === 'live' && this.#feed.isFresh
  }

  /** @throws {TokenRevoked} @throws {RevocationsStale} @throws {AuthServiceUnavailable} */
  async #ask(token: string, claims: TokenClaims, signal: AbortSignal | undefined): Promise<void> {
    const { introspect, timeoutMs, runtime } = this.#options
    const retryAfterMs = 1_000
    if (introspect === undefined) {
      throw new RevocationsStale({ reason: this.#feed.fault ?? 'there are more revocations than are kept', retryAfterMs })
    }
    const question = 'whether the token is active'
    const late = (): Error => new AuthServiceUnavailable({ question, retryAfterMs })
    let answer: { readonly active: boolean }
    try {
      answer = await within(runtime.clock, timeoutMs, late, (stop) => introspect(token, stop), signal)
    } catch (cause) {
      throw cause instanceof AuthServiceUnavailable ? cause : new AuthServiceUnavailable({ question, retryAfterMs, cause })
    }
    // The answer took its time, and the log may have been faster.
    if (answer.active !== true || this.#index.standingOf(claims) === 'revoked') throw new TokenRevoked()
  }

  async #renew(token: string, old: TokenClaims, expired: TokenExpired, signal: AbortSignal | undefined): Promise<Authentication> {
    if (this.#renewals === undefined || expired.expiredForMs > this.#options.renewWithinMs) throw expired
    if (this.#index.standingOf(old) === 'revoked') throw new TokenRevoked()
    const renewedToken = await this.#renewals.renew(old.tokenId, token)
    if (renewedToken === undefined) throw expired
    const claims = await this.#verifyRenewed(renewedToken, old)
    if (!this.#canTell(claims)) await this.#ask(renewedToken, claims, signal)
    return { outcome: 'authenticated', principal: new WatchedPrincipal(claims, this.#live), renewedToken }
  }

  /** A token that the auth service gave is not the caller's fault, whatever is wrong with it. */
  async #verifyRenewed(token: string, old: TokenClaims): Promise<TokenClaims> {
    const unusable = (cause?: unknown): Error =>
      new AuthServiceUnavailable({ question: 'a usable token in place of the old one', retryAfterMs: 1_000, cause })
    let claims: TokenClaims
    try {
      claims = await this.#verify(token)
      const expired = expiryOf(claims, undefined, this.#rules, this.#options.runtime.clock.now())
      if (expired !== undefined) throw expired
    } catch (error) {
      throw refusalOf(error) === undefined ? error : unusable(error)
    }
    if (claims.subject !== old.subject || claims.sessionId !== old.sessionId) throw unusable()
    return claims
  }
}
