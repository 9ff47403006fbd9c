import type { EventLog, Position, StoredEvent } from '@tidings/core'

const firstSpan = 256
const widerBy = 8

/**
 * The last event of a type at or under a position. Looks behind the end first, then in stretches that grow, so that it
 * costs a few short reads, however long the log is, where such events come again and again.
 */
export async function findLast(
  log: Pick<EventLog, 'read'>,
  type: string,
  end: Position,
  signal: AbortSignal,
): Promise<StoredEvent | undefined> {
  let upTo = end
  for (let span = firstSpan; upTo > 0; span *= widerBy) {
    const after = Math.max(0, upTo - span)
    const found = await lastWithin(log, type, after, upTo, signal)
    if (found !== undefined) return found
    upTo = after
  }
  return undefined
}

async function lastWithin(
  log: Pick<EventLog, 'read'>,
  type: string,
  start: Position,
  end: Position,
  signal: AbortSignal,
): Promise<StoredEvent | undefined> {
  let last: StoredEvent | undefined
  for (let after = start; after < end; ) {
    const { events, upTo } = await log.read({ after, types: [type], limit: 100, signal })
    last = events.findLast(({ position }) => position <= end) ?? last
    // A read that goes no further would be repeated for ever.
    if (upTo <= after) break
    after = upTo
  }
  return last
}
