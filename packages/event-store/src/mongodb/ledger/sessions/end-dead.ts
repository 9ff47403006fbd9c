import type { Collection, Db } from 'mongodb'
import type { InstanceDocument } from './instance-record.ts'

/** An instance with an open transaction that has given no sign of life for so long is taken for dead by whoever meets its locks. */
const deadAfterMs = 1_500

/**
 * Ends the sessions of instances that have died, and with them the transactions that they left open: their locks are gone at
 * once, instead of when the server gives up on them, a minute later. One that was only paused meets a conflict when it comes
 * back, as if it had lost to the other transaction.
 *
 * @param own The record of this instance, which is spared.
 * @param now By the server's clock.
 * @returns How many instances were ended.
 */
export async function endDead(database: Db, instances: Collection<InstanceDocument>, own: string, now: number): Promise<number> {
  const dead = await instances.find({ seen: { $gte: new Date(0), $lt: new Date(now - deadAfterMs) } }).toArray()
  let count = 0
  for (const { _id, sessions, seen, ended } of dead) {
    if (_id === own) continue
    // It may have given a sign since. From here on it cannot: it will go on with new sessions in a new record.
    const claim = await instances.updateOne(
      { _id, seen, ...(ended === undefined ? { ended: { $exists: false } } : {}) },
      { $set: { ended: true } },
    )
    if (claim.matchedCount === 0) continue
    await endSessions(database, sessions)
    // Last: should this instance die before, the next one ends them again.
    await instances.deleteOne({ _id })
    count++
  }
  return count
}

/** Ends sessions with what they have open. A user may always end its own. */
export async function endSessions(database: Db, sessions: InstanceDocument['sessions']): Promise<void> {
  if (sessions.length > 0) await database.command({ killSessions: sessions.map((id) => ({ id })) })
}
