import type { Principal } from '@tidings/core'
import type { LiveTokens } from '../revocation/facts/live-tokens.ts'
import type { TokenClaims } from '../tokens/read-claims.ts'

/** A principal who came with a token. */
export interface TokenPrincipal extends Principal {
  readonly sessionId: string
  readonly tokenId: string
  /** Everything that the token says. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Watches over its token only once somebody asks for its signal: most requests are over before anything can change. */
export class WatchedPrincipal implements TokenPrincipal {
  readonly id: string
  readonly sessionId: string
  readonly tokenId: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly #claims: TokenClaims
  readonly #live: LiveTokens

  constructor(claims: TokenClaims, live: LiveTokens) {
    this.id = claims.subject
    this.sessionId = claims.sessionId
    this.tokenId = claims.tokenId
    this.claims = claims.all
    this.#claims = claims
    this.#live = live
  }

  get scopes(): ReadonlySet<string> {
    return this.#claims.scopes
  }

  get signal(): AbortSignal {
    return this.#live.signalOf(this.#claims)
  }
}
