import type { Authentication, AuthenticationRequest, Authenticator, Ledger, Principal, Readiness } from '@tidings/core'
import { TokenRevoked } from '../../errors/revocation-errors.ts'
import { TokenMalformed } from '../../errors/token-errors.ts'
import { bearerToken } from '../../strategies/bearer-token.ts'
import { anonymous, refusalOf, undecided } from '../../strategies/refusals.ts'
import type { TokenPrincipal } from '../../strategies/token-principal.ts'
import type { TokenClaims } from '../../tokens/read-claims.ts'
import type { Issuer } from '../issuer.ts'
import type { OwnTokens } from './own-tokens.ts'

const notOpen = 'the database of the auth service is not open'
const retryAfterMs = 1_000

/** Authenticates callers of the auth service itself by what its database says at that moment: nothing is ever late. */
export class OwnAuthenticator<Db> implements Authenticator {
  readonly #issuer: Issuer<Db>
  readonly #tokens: OwnTokens<Db>
  #ledger: Pick<Ledger<Db>, 'read'> | undefined

  constructor(issuer: Issuer<Db>, tokens: OwnTokens<Db>) {
    this.#issuer = issuer
    this.#tokens = tokens
  }

  /** Tells it where the service has its rows, once that is open. */
  readFrom(ledger: Pick<Ledger<Db>, 'read'>): void {
    this.#ledger = ledger
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  readiness(): Readiness {
    const isReady = this.#ledger !== undefined
    return { ready: isReady, reasons: isReady ? [] : [notOpen], notes: [] }
  }

  async authenticate(request: AuthenticationRequest): Promise<Authentication> {
    const ledger = this.#ledger
    if (ledger === undefined) return { outcome: 'undecided', code: 'STORE_UNAVAILABLE', retryAfterMs }
    try {
      const token = bearerToken(request)
      if (token === undefined) return anonymous
      const claims = await ledger.read((reader) => this.#live(token, reader.db), request.signal)
      return { outcome: 'authenticated', principal: this.#principal(claims) }
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal !== undefined) return { outcome: 'refused', refusal }
      this.#issuer.settings.runtime.logger.warn('A caller of the auth service could not be authenticated.', { error })
      return undecided(error)
    }
  }

  async #live(token: string, db: Db): Promise<TokenClaims> {
    const tables = this.#issuer.tables(db)
    const claims = await this.#tokens.read(token, tables)
    if (claims === undefined) throw new TokenMalformed({ fault: 'it is no token of this service that is good now' })
    if (!(await this.#tokens.isLive(claims, tables))) throw new TokenRevoked()
    return claims
  }

  #principal({ subject, scopes, sessionId, tokenId, all, expiresAtMs }: TokenClaims): TokenPrincipal {
    const leftMs = Math.max(0, expiresAtMs - this.#issuer.now())
    // Only its expiry: what is asked of this service is done in a moment.
    const signal = AbortSignal.timeout(leftMs)
    return { id: subject, scopes, sessionId, tokenId, claims: all, signal }
  }
}

/** The session that a caller came with. */
export function sessionOf(principal: Principal): string | undefined {
  return 'sessionId' in principal && typeof principal.sessionId === 'string' ? principal.sessionId : undefined
}
