import type { Issuer, Work } from '../issuer.ts'
import type { SessionRow } from '../store/tables.ts'
import { recordFact } from '../users/record-fact.ts'

/** Ends a session: its refresh tokens are worth nothing any more, and its access tokens are revoked. One that has ended stays so. */
export async function endSession<Db>(issuer: Issuer<Db>, work: Work, session: SessionRow): Promise<void> {
  if (session.endedAt !== null) return
  await work.tables.sessions.put(session.sessionId, { ...session, endedAt: work.now })
  await recordFact(issuer, work, { scope: 'session', id: session.sessionId, seq: 1, minVersion: 0, blocked: true })
}

/** Ends the session of this id, where there is one. */
export async function endSessionOf<Db>(issuer: Issuer<Db>, work: Work, sessionId: string): Promise<void> {
  const session = await work.tables.sessions.get(sessionId)
  if (session !== undefined) await endSession(issuer, work, session)
}
