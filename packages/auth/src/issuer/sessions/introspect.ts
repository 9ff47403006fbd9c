import type { Tables } from '../store/tables.ts'
import type { OwnTokens } from './own-tokens.ts'

/** What introspection answers (RFC 7662): of a token that is not good, nothing else. */
export interface Introspection {
  readonly active: boolean
  readonly token_type?: 'Bearer'
  readonly iss?: string
  readonly aud?: string
  readonly sub?: string
  readonly scope?: string
  readonly iat?: number
  readonly exp?: number
  readonly jti?: string
  readonly sid?: string
  readonly ver?: number
}

/** Whether an access token is good now, and what it says. */
export async function introspect<Db>(
  tokens: OwnTokens<Db>,
  token: string,
  tables: Tables,
  named: { readonly issuer: string; readonly audience: string },
): Promise<Introspection> {
  const claims = await tokens.read(token, tables)
  if (claims === undefined || !(await tokens.isLive(claims, tables))) return { active: false }
  return {
    active: true,
    token_type: 'Bearer',
    iss: named.issuer,
    aud: named.audience,
    sub: claims.subject,
    ...(claims.scopes.size === 0 ? {} : { scope: [...claims.scopes].join(' ') }),
    iat: claims.issuedAtMs / 1_000,
    exp: claims.expiresAtMs / 1_000,
    jti: claims.tokenId,
    sid: claims.sessionId,
    ver: claims.version,
  }
}
