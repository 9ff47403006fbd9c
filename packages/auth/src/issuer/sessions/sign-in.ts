import type { Issuer, Work } from '../issuer.ts'
import { signAccessToken } from '../signing/access-token.ts'
import { signingKey } from '../signing/key-ring.ts'
import { readRing } from '../signing/rings.ts'
import { setDue } from '../store/due.ts'
import type { SessionRow, UserRow } from '../store/tables.ts'
import { firstRefreshToken, hashOf, type RefreshToken, writeRefreshToken } from './refresh-token.ts'

/** What someone gets who has shown who they are. */
export interface SignedIn {
  readonly userId: string
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresInS: number
}

/** Begins a session of a user. */
export async function beginSession<Db>(issuer: Issuer<Db>, work: Work, user: UserRow): Promise<SignedIn> {
  const { tables, now } = work
  const token = firstRefreshToken(work.newId())
  const session: SessionRow = {
    sessionId: token.sessionId,
    userId: user.userId,
    version: user.version,
    generation: token.generation,
    currentHash: hashOf(token),
    rotatedAt: now,
    createdAt: now,
    expiresAt: now + issuer.settings.sessionLifetimeMs,
    endedAt: null,
  }
  await tables.sessions.put(session.sessionId, session)
  await setDue(tables, session.expiresAt, { table: 'sessions', key: session.sessionId })
  return handOut(issuer, work, user, session, token)
}

/** Makes the access token that goes with a refresh token. */
export async function handOut<Db>(
  issuer: Issuer<Db>,
  work: Work,
  user: UserRow,
  session: SessionRow,
  token: RefreshToken,
): Promise<SignedIn> {
  const made = await makeAccessToken(issuer, work, user, session)
  return { userId: user.userId, ...made, refreshToken: writeRefreshToken(token, issuer.secrets) }
}

/** Makes an access token of a session. */
export async function makeAccessToken<Db>(
  issuer: Issuer<Db>,
  work: Work,
  user: UserRow,
  session: SessionRow,
): Promise<Pick<SignedIn, 'accessToken' | 'expiresInS'>> {
  const { settings, privateKeys } = issuer
  const { now } = work
  const key = signingKey(await readRing(work.tables), now)
  if (key === undefined) throw new TypeError('There is a key that signs, or the service would not have started.')
  // No token outlives its session.
  const lifetimeS = Math.max(1, Math.floor(Math.min(settings.tokenLifetimeMs, session.expiresAt - now) / 1_000))
  const facts = {
    userId: user.userId,
    sessionId: session.sessionId,
    tokenId: work.newId(),
    version: user.version,
    scopes: user.scopes,
    issuer: settings.issuer,
    audience: settings.audience,
    now,
    lifetimeS,
  }
  const accessToken = await signAccessToken(facts, await privateKeys.get(key), { kid: key.keyId, alg: key.publicKey.alg })
  return { accessToken, expiresInS: lifetimeS }
}
