/** What a token must say to be taken. */
export interface TokenRules {
  /** Exactly this `iss`. */
  readonly issuer: string
  /** Exactly this `aud`, and no other beside it. */
  readonly audience: string
  /** Exactly this `typ` in the header: what kind of token it is. */
  readonly type: string
  /** The longest time from `iat` to `exp`, in milliseconds. */
  readonly maxLifetimeMs: number
  /** How far the issuer's clock and this one may differ, in milliseconds. */
  readonly clockToleranceMs: number
}

/** A user's access token (RFC 9068). */
export const accessTokenType = 'at+jwt'

/** What a gateway makes for one request to one service (draft-ietf-oauth-transaction-tokens). */
export const internalTokenType = 'txntoken+jwt'

/** The header in which it travels. */
export const internalTokenHeader = 'txn-token'
