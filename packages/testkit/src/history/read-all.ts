import type { EventLog, StoredEvent } from '@tidings/core'

/** Every event of a log, in order. */
export async function readAll(log: EventLog): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for (let after = 0; ; ) {
    const read = await log.read({ after, limit: 1_000 })
    events.push(...read.events)
    if (read.upTo === after) return events
    after = read.upTo
  }
}
