import type { Issuer, Work } from '../issuer.ts'
import { recordFact } from '../users/record-fact.ts'
import { endSessionOf } from './end-session.ts'
import type { OwnTokens } from './own-tokens.ts'
import { readRefreshToken } from './refresh-token.ts'

/** Ends the session of a refresh token, of whatever generation. @returns Whether it is a refresh token of ours. */
export async function revokeRefreshToken<Db>(issuer: Issuer<Db>, work: Work, text: string): Promise<boolean> {
  const token = readRefreshToken(text, issuer.secrets)
  if (token === undefined) return false
  await endSessionOf(issuer, work, token.sessionId)
  return true
}

/** Revokes one access token, and its session not. One that is not good anyway needs none. */
export async function revokeAccessToken<Db>(issuer: Issuer<Db>, work: Work, tokens: OwnTokens<Db>, text: string): Promise<void> {
  const claims = await tokens.read(text, work.tables)
  if (claims === undefined || !(await tokens.isLive(claims, work.tables))) return
  await recordFact(issuer, work, { scope: 'token', id: claims.tokenId, seq: 1, minVersion: 0, blocked: true })
}
