import { type EventLog, type NewEvent, newId, type StoredEvent, systemRuntime } from '@tidings/core'
import { type MongodbEventLogOptions, mongodbEventLog } from '@tidings/event-store/mongodb'
import { MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import { quietRuntime } from './quiet-runtime.ts'

/** The URL of a new database on the server that a URL names, for a log of the test's own. */
export function newLogUrl(server: string): string {
  return server.replace('/?', `/log-${newId(systemRuntime)}?`)
}

/** A log, closed when the test has finished. */
export function openMongodbLog(url: string, options: Partial<MongodbEventLogOptions> = {}): EventLog {
  const log = mongodbEventLog({ url, runtime: quietRuntime, ...options })
  onTestFinished(() => log.close())
  return log
}

/** A client of the test's own, for fail points and for what other writers do. */
export async function clientFor(url: string): Promise<MongoClient> {
  const client = await new MongoClient(url).connect()
  onTestFinished(() => client.close())
  return client
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

/** The ids of the events, in order. */
export function idsOf(events: readonly NewEvent[]): readonly string[] {
  return events.map(({ id }) => id)
}
