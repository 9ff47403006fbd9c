import { createHash, timingSafeEqual } from 'node:crypto'
import type { OperationContext } from '@tidings/core'
import type { auth } from '../../contract/auth-contract.ts'
import type { Issuer } from '../issuer.ts'
import type { OwnTokens } from './own-tokens.ts'
import { makeAccessToken, type SignedIn } from './sign-in.ts'

// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
type RenewContext<Db> = OperationContext<typeof auth, {}, Db, {}, {}, (typeof auth)['operations']['renew']>

/** Makes a new access token in place of one that expired a moment ago, while its session and its user are as good as ever. */
export async function renew<Db>(
  issuer: Issuer<Db>,
  tokens: OwnTokens<Db>,
  input: { readonly expiredToken: string; readonly key: string },
  ctx: RenewContext<Db>,
): Promise<Pick<SignedIn, 'accessToken' | 'expiresInS'>> {
  const { renewal } = issuer.settings
  // An expired token alone must be worth nothing: only services, which were shown it in time, may have it renewed.
  if (renewal === undefined || !isSame(input.key, renewal.key)) return ctx.fail('KeyWrong', {})
  const work = issuer.begin(ctx)
  const { tables, now } = work
  const claims = await tokens.read(input.expiredToken, tables, renewal.withinMs)
  if (claims === undefined || !(await tokens.isLive(claims, tables))) return ctx.fail('RenewalRefused', {})
  const user = await tables.users.get(claims.subject)
  const session = await tables.sessions.get(claims.sessionId)
  if (user === undefined || session === undefined || session.expiresAt <= now) return ctx.fail('RenewalRefused', {})
  return makeAccessToken(issuer, work, user, session)
}

function isSame(given: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(right))
}
