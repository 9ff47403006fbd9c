import type { EventLog, StoredEvent } from '@tidings/core'
import { type SqliteEventLogOptions, sqliteEventLog } from '@tidings/event-store/sqlite'
import { onTestFinished } from 'vitest'
import { recordingRuntime } from './notes.ts'

/** A log on a file, without its lines, closed when the test has finished. */
export function openLog(file: string, options: Partial<SqliteEventLogOptions> = {}): EventLog {
  const log = sqliteEventLog({ runtime: recordingRuntime().runtime, file, ...options })
  onTestFinished(() => log.close())
  return log
}

/** Everything that stands in the log. */
export async function contentsOf(log: EventLog): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for (let after = 0; ; ) {
    const { events: some, upTo } = await log.read({ after, limit: 1_000 })
    if (upTo === after) return events
    events.push(...some)
    after = upTo
  }
}
