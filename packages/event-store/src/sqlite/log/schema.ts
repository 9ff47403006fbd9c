import type { DatabaseSync } from 'node:sqlite'
import { FormatUnknown, newId, type Runtime, StoreDamaged } from '@tidings/core'

/** The format that this release writes. */
const logFormat = 1

/**
 * The identity of the log in a database; undefined when the database is empty. Changes nothing.
 *
 * @throws {FormatUnknown} A newer release wrote it.
 * @throws {StoreDamaged} It is another application's database, or not whole.
 */
export function identityIn(database: DatabaseSync, file: string): string | undefined {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  if (tables.length === 0) return undefined
  const has = (table: string): boolean => tables.some(({ name }) => name === table)
  if (!has('tidings_log')) throw new StoreDamaged({ store: file, reason: "it is another application's database" })
  const row = database.prepare('SELECT id, format FROM tidings_log').get()
  if (row === undefined) throw new StoreDamaged({ store: file, reason: 'its identity is missing' })
  if (Number(row.format) > logFormat) throw new FormatUnknown({ store: file, found: Number(row.format), known: logFormat })
  if (!has('events')) throw new StoreDamaged({ store: file, reason: 'its events are missing' })
  return String(row.id)
}

/**
 * Makes the tables of a new log, unless another process was first. Positions are the row ids themselves, without
 * AUTOINCREMENT, which would leave gaps after refused rows; rows are never deleted.
 *
 * @returns The log's identity.
 */
export function createSchema(database: DatabaseSync, file: string, runtime: Runtime): string {
  database.exec('BEGIN IMMEDIATE')
  try {
    const id = identityIn(database, file) ?? create(database, runtime)
    database.exec('COMMIT')
    return id
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function create(database: DatabaseSync, runtime: Runtime): string {
  const id = newId(runtime)
  database.exec(`
    CREATE TABLE tidings_log (id TEXT NOT NULL, format INTEGER NOT NULL) STRICT;
    CREATE TABLE events (
      position INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      type TEXT NOT NULL,
      version INTEGER NOT NULL,
      key TEXT NOT NULL,
      service TEXT NOT NULL,
      time TEXT NOT NULL,
      correlation_id TEXT NOT NULL,
      causation_id TEXT,
      traceparent TEXT,
      headers TEXT,
      encoding TEXT NOT NULL,
      data TEXT NOT NULL,
      extra TEXT
    ) STRICT;
    CREATE INDEX events_by_type ON events (type, position);
  `)
  database.prepare('INSERT INTO tidings_log (id, format) VALUES (?, ?)').run(id, logFormat)
  return id
}
