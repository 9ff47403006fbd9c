import type { Meta } from '@tidings/core'
import type { RevocationFact } from '../../contract/access-changed.ts'
import { setDue } from '../store/due.ts'
import type { Tables } from '../store/tables.ts'
import { factKey, unsentKey } from '../users/record-fact.ts'
import { readFeed, writeFeed } from './feed-row.ts'

/**
 * Takes note that a change of access of this service stands in the log. One that this database does not know, because it
 * was put back to what a backup held, is made again: so nobody who was blocked is let in by a restore.
 */
export async function confirmSent(tables: Tables, fact: RevocationFact, { position }: Pick<Meta, 'position'>, now: number): Promise<void> {
  await tables.unsent.remove(unsentKey(fact))
  const known = await tables.facts.get(factKey(fact))
  if (known === undefined || known.seq < fact.seq) await makeAgain(tables, fact, now)
  const feed = await readFeed(tables)
  await writeFeed(tables, { ...feed, position: Math.max(feed.position, position), sinceSnapshot: feed.sinceSnapshot + 1 })
}

async function makeAgain(tables: Tables, fact: RevocationFact, now: number): Promise<void> {
  if (fact.until > now) {
    await tables.facts.put(factKey(fact), fact)
    await setDue(tables, fact.until, { table: 'facts', key: factKey(fact) })
  }
  const user = fact.scope === 'subject' ? await tables.users.get(fact.id) : undefined
  if (user !== undefined && user.seq < fact.seq) {
    const blocked = fact.minVersion > user.version || user.state === 'blocked' ? 'blocked' : 'suspended'
    await tables.users.put(user.userId, {
      ...user,
      seq: fact.seq,
      version: Math.max(user.version, fact.minVersion),
      state: fact.blocked ? blocked : 'active',
    })
  }
  const session = fact.scope === 'session' ? await tables.sessions.get(fact.id) : undefined
  if (session !== undefined && session.endedAt === null && fact.blocked)
    await tables.sessions.put(session.sessionId, { ...session, endedAt: session.rotatedAt })
}
