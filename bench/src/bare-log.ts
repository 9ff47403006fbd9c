import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { NewEvent } from '@tidings/core'

/** The same table, indexes and pragmas as the log's, written and read with nothing but `node:sqlite`. */
export class BareLog {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  #position = 0

  constructor(file: string) {
    this.#database = new DatabaseSync(file)
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS events (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL,
        service TEXT NOT NULL, time TEXT NOT NULL, correlation_id TEXT NOT NULL, causation_id TEXT, traceparent TEXT,
        headers TEXT, encoding TEXT NOT NULL, data TEXT NOT NULL, extra TEXT
      ) STRICT;
      CREATE INDEX IF NOT EXISTS events_by_type ON events (type, position);
    `)
    this.#insert = this.#database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  }

  /** Writes the events in one transaction. */
  append(events: readonly NewEvent[]): void {
    this.#database.exec('BEGIN IMMEDIATE')
    for (const event of events) {
      this.#insert.run(
        ++this.#position,
        event.id,
        event.type,
        event.version,
        event.key,
        event.service,
        event.time,
        event.correlationId,
        null,
        null,
        null,
        event.encoding,
        event.data,
        null,
      )
    }
    this.#database.exec('COMMIT')
  }

  close(): void {
    this.#database.close()
  }
}

/** Reads every event of a log's file in order, with its data decoded. @returns How many there were. */
export function readBare(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  const statement = database.prepare(
    'SELECT position, id, type, version, key, service, time, correlation_id, causation_id, traceparent, headers, encoding, data, extra FROM events ORDER BY position',
  )
  let events = 0
  for (const row of statement.iterate()) {
    JSON.parse(String(row.data))
    events++
  }
  database.close()
  return events
}
