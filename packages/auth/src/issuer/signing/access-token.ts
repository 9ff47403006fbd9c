import { SignJWT } from 'jose'
import { accessTokenType } from '../../tokens/token-rules.ts'

/** What an access token says (RFC 9068, with the session and the user's version). */
export interface AccessTokenFacts {
  readonly userId: string
  readonly sessionId: string
  readonly tokenId: string
  /** The user's version. */
  readonly version: number
  readonly scopes: readonly string[]
  readonly issuer: string
  readonly audience: string
  readonly now: number
  /** Whole seconds. */
  readonly lifetimeS: number
}

/** Signs an access token. */
export async function signAccessToken(
  facts: AccessTokenFacts,
  key: CryptoKey,
  named: { readonly kid: string; readonly alg: string },
): Promise<string> {
  const iat = Math.floor(facts.now / 1_000)
  const claims = {
    iss: facts.issuer,
    aud: facts.audience,
    sub: facts.userId,
    iat,
    exp: iat + facts.lifetimeS,
    jti: facts.tokenId,
    sid: facts.sessionId,
    ver: facts.version,
    ...(facts.scopes.length === 0 ? {} : { scope: facts.scopes.join(' ') }),
  }
  return new SignJWT(claims).setProtectedHeader({ alg: named.alg, kid: named.kid, typ: accessTokenType }).sign(key)
}
