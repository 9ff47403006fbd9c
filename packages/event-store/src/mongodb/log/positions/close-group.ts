import { logLimits, type Position, StoreUnavailable } from '@tidings/core'
import { type LogCollections, names } from '../collections.ts'
import { endOfGroup, type Mark, markFields } from '../event-document.ts'
import { insertTombstones } from './tombstone.ts'

/**
 * Makes a group dead whose head is missing: closes the head's position, and then makes the ids of its events free again. Where a
 * head stood there by now its group lives, and what others have written behind it is dead.
 *
 * @returns From which position on what names this head is dead.
 */
export async function closeGroup(collections: LogCollections, head: Position, signal?: AbortSignal): Promise<Position> {
  await insertTombstones(collections, [head], 'group', signal)
  // Who won the position is only known from what a majority has there.
  const [found] = await collections.find<'events', Mark>('events', { _id: head }, { projection: markFields, signal })
  if (found === undefined)
    throw new StoreUnavailable({ store: collections.location, reason: `position ${head} could neither be closed nor read` })
  const end = endOfGroup(found)
  await clearGroup(collections, head, end, signal)
  return end
}

/**
 * Turns what was written of a dead group into tombstones, from a position on, so that its ids are free again. Only after a majority
 * was seen to have something else at the head's position: as long as the head can still be written the group may come to life.
 */
export async function clearGroup(collections: LogCollections, head: Position, from: Position, signal?: AbortSignal): Promise<void> {
  const members = { _id: { $gte: from, $lt: head + logLimits.eventsPerAppend }, head }
  for (;;) {
    // Looked for again at the end: a writer that is late may have put one back.
    const found = await collections.find<'events', Mark>('events', members, { projection: { head: 1 }, signal })
    if (found.length === 0) return
    // Removed and closed, not changed: not every server lets go of the id of a document that is changed to have none. In between
    // the position is a hole, which nobody passes, and nothing but this group's dead events is ever sent there.
    await collections.write({ delete: names.events, deletes: [{ q: members, limit: 0 }] }, signal)
    await insertTombstones(
      collections,
      found.map(({ _id }) => _id),
      'group',
      signal,
    )
  }
}
