import type { Issuer, Work } from '../issuer.ts'
import type { UserRow } from '../store/tables.ts'
import { recordFact } from './record-fact.ts'

/** What is done to the access of a user. */
export type ChangeOfAccess = 'block' | 'unblock' | 'suspend' | 'resume'

/** What a change makes of each state; undefined where it is not fit for it. */
const outcomes: Readonly<Record<ChangeOfAccess, Readonly<Partial<Record<UserRow['state'], UserRow['state']>>>>> = {
  block: { active: 'blocked', suspended: 'blocked', blocked: 'blocked' },
  unblock: { blocked: 'active', active: 'active' },
  suspend: { active: 'suspended', suspended: 'suspended' },
  resume: { suspended: 'active', active: 'active' },
}

/**
 * Changes the access of a user, with its fact and its event. Blocking raises their version, so that old tokens stay dead
 * when they are unblocked; suspending does not. What changes nothing publishes nothing.
 *
 * @returns Undefined where the state they are in is not fit for it: a block is not resumed from, nor a suspension unblocked.
 */
export async function changeAccess<Db>(
  issuer: Issuer<Db>,
  work: Work,
  user: UserRow,
  change: ChangeOfAccess,
): Promise<UserRow | undefined> {
  const state = outcomes[change][user.state]
  if (state === undefined || state === user.state) return state === undefined ? undefined : user
  return putUser(issuer, work, { ...user, state, version: user.version + (state === 'blocked' ? 1 : 0) })
}

/** Ends every session of a user: their tokens are of an older version from now on. */
export function endAllSessions<Db>(issuer: Issuer<Db>, work: Work, user: UserRow): Promise<UserRow> {
  return putUser(issuer, work, { ...user, version: user.version + 1 })
}

/** Writes a user whose access has changed, and says so. */
async function putUser<Db>(issuer: Issuer<Db>, work: Work, changed: UserRow): Promise<UserRow> {
  const user = { ...changed, seq: changed.seq + 1 }
  await work.tables.users.put(user.userId, user)
  const { userId, seq, version, state } = user
  await recordFact(issuer, work, { scope: 'subject', id: userId, seq, minVersion: version, blocked: state !== 'active' })
  return user
}
