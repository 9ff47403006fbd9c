import type { OperationContext } from '@tidings/core'
import type { auth } from '../../contract/auth-contract.ts'
import type { Issuer } from '../issuer.ts'
import { endSession } from './end-session.ts'
import { judgeRefresh } from './judge-refresh.ts'
import { hashOf, readRefreshToken } from './refresh-token.ts'
import { handOut, type SignedIn } from './sign-in.ts'

// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
type RefreshContext<Db> = OperationContext<typeof auth, {}, Db, {}, {}, (typeof auth)['operations']['refresh']>

/** Exchanges a refresh token for its successor and a new access token: at once, or not at all. */
export async function refresh<Db>(
  issuer: Issuer<Db>,
  input: { readonly refreshToken: string },
  ctx: RefreshContext<Db>,
): Promise<SignedIn> {
  const token = readRefreshToken(input.refreshToken, issuer.secrets)
  if (token === undefined) return ctx.fail('RefreshRefused', {})
  const work = issuer.begin(ctx)
  const { tables, now } = work
  const session = await tables.sessions.get(token.sessionId)
  if (session === undefined || session.endedAt !== null || session.expiresAt <= now) return ctx.fail('RefreshRefused', {})
  const user = await tables.users.get(session.userId)
  if (user === undefined) return ctx.fail('RefreshRefused', {})
  const verdict = judgeRefresh(token, session, issuer.secrets, now, issuer.settings.refreshGraceMs)
  if (verdict.kind === 'unknown') return ctx.fail('RefreshRefused', {})
  if (verdict.kind === 'reused') {
    await endSession(issuer, work, session)
    const { userId, sessionId } = session
    await work.publish('RefreshTokenReused', { userId, sessionId, reusedAt: new Date(now).toISOString() })
    // The refusal must not take back what it is to leave behind.
    return ctx.commitAndFail('RefreshReused', {})
  }
  if (user.state !== 'active') return ctx.fail('AccessBlocked', { state: user.state })
  if (session.version < user.version) return ctx.fail('RefreshRefused', {})
  const { successor } = verdict
  if (verdict.kind === 'rotate') {
    const next = { ...session, generation: successor.generation, currentHash: hashOf(successor), rotatedAt: now }
    await tables.sessions.put(session.sessionId, next)
  }
  return handOut(issuer, work, user, session, successor)
}
