import { join } from 'node:path'
import { sqliteEventLog } from '@tidings/event-store/sqlite'

/** How many events of each type are in the log of a shop, in the order in which the types first appear. */
export async function countEvents(directory: string): Promise<ReadonlyMap<string, number>> {
  const log = sqliteEventLog({ file: join(directory, 'log.db') })
  try {
    const counts = new Map<string, number>()
    const end = await log.sealed()
    for (let after = 0; after < end; ) {
      const { events, upTo } = await log.read({ after, limit: 10_000 })
      for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1)
      after = upTo
    }
    return counts
  } finally {
    await log.close()
  }
}
