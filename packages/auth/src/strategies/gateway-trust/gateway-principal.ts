import type { TokenClaims } from '../../tokens/read-claims.ts'
import type { TokenPrincipal } from '../token-principal.ts'

/** A principal whom the gateway has let in. */
export class GatewayPrincipal implements TokenPrincipal {
  readonly id: string
  readonly scopes: ReadonlySet<string>
  readonly sessionId: string
  readonly tokenId: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly #request: AbortSignal | undefined
  #signal: AbortSignal | undefined

  constructor(claims: TokenClaims, request: AbortSignal | undefined) {
    this.id = claims.subject
    this.scopes = claims.scopes
    this.sessionId = claims.sessionId
    this.tokenId = clientsToken(claims.all.tctx) ?? claims.tokenId
    this.claims = claims.all
    this.#request = request
  }

  /**
   * The gateway ends the connection of a request whose principal is revoked or expires, so that it is the request's own signal
   * which tells. Its token says only that it was let in, and lives for a minute at most, however long the request takes.
   */
  get signal(): AbortSignal {
    this.#signal ??= this.#request ?? new AbortController().signal
    return this.#signal
  }
}

/** The id of the token that the client came with. */
function clientsToken(context: unknown): string | undefined {
  const token = typeof context === 'object' && context !== null && 'token' in context ? context.token : undefined
  return typeof token === 'string' && token !== '' ? token : undefined
}
