import { newId, type Principal, type Runtime } from '@tidings/core'
import { SignJWT } from 'jose'
import type { TokenPrincipal } from '../../strategies/token-principal.ts'
import { internalTokenType } from '../../tokens/token-rules.ts'
import type { SigningKeys } from './signing-keys.ts'

/** What the tokens of one gateway have in common. */
export interface MintOptions {
  /** The `iss` of its tokens. */
  readonly issuer: string
  /** At most 60,000. */
  readonly lifetimeMs: number
  readonly keys: SigningKeys
  readonly runtime: Runtime
}

/**
 * Makes the token that tells one service for whom one request is: signed, for that service alone (`aud`), and gone within a
 * minute. It never leaves the network behind the gateway. What the client's token says beside its own life goes along.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-transaction-tokens/
 */
export async function mintToken(
  service: string,
  principal: Principal,
  { issuer, lifetimeMs, keys, runtime }: MintOptions,
): Promise<string> {
  const id = newId(runtime)
  const now = Math.floor(runtime.clock.now() / 1_000)
  const { aud: _aud, nbf: _nbf, ...said } = isOfToken(principal) ? principal.claims : {}
  const claims = {
    // Where the principal came without a token, the request is all the session it has, and nothing raises a version.
    ver: 0,
    sid: id,
    ...said,
    iss: issuer,
    aud: service,
    sub: principal.id,
    scope: [...principal.scopes].join(' '),
    iat: now,
    exp: now + Math.floor(lifetimeMs / 1_000),
    jti: id,
    txn: id,
    // Whoever ends the session or the token at the service means the client's.
    tctx: isOfToken(principal) ? { token: principal.tokenId } : {},
  }
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: keys.id, typ: internalTokenType }).sign(keys.key)
}

function isOfToken(principal: Principal): principal is TokenPrincipal {
  return 'claims' in principal && 'tokenId' in principal
}
