import type { Json, LedgerRange, LedgerRow } from '@tidings/core'
import { resultCode } from '../map-error.ts'
import type { Connection } from './connection.ts'

/** The SQLite table behind a table of the ledger. Names come from the library, never from data. */
function nameOf(table: string): string {
  return `"tidings_${table.replaceAll('"', '""')}"`
}

/** Reads rows; a table that does not exist yet is empty. */
export function getRows(connection: Connection, table: string, keys: readonly string[]): (Json | undefined)[] {
  return ifExists(
    () => {
      const statement = connection.statement(`SELECT value FROM ${nameOf(table)} WHERE key = ?`)
      return keys.map((key) => decode(statement.get(key)?.value))
    },
    () => keys.map(() => undefined),
  )
}

/** Reads a range; SQLite compares text as the bytes of UTF-8. */
export function scanRows(connection: Connection, table: string, range: LedgerRange): LedgerRow[] {
  const conditions: string[] = []
  const values: (string | number | null)[] = []
  if (range.from !== undefined) {
    conditions.push('key >= ?')
    values.push(range.from)
  }
  if (range.before !== undefined) {
    conditions.push('key < ?')
    values.push(range.before)
  }
  for (const [path, value] of Object.entries(range.where ?? {})) {
    conditions.push('json_extract(value, ?) IS ?')
    values.push(
      `$.${path
        .split('.')
        .map((part) => `"${part}"`)
        .join('.')}`,
      typeof value === 'boolean' ? Number(value) : value,
    )
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  return ifExists(
    () => {
      const rows = connection.statement(`SELECT key, value FROM ${nameOf(table)}${where} ORDER BY key LIMIT ?`).all(...values, range.limit)
      return rows.map((row) => ({ key: String(row.key), value: decode(row.value) as Json }))
    },
    () => [],
  )
}

/** Writes rows. The table appears with its first row, inside the same transaction. */
export function putRows(connection: Connection, table: string, rows: readonly LedgerRow[]): void {
  const write = (): void => {
    const statement = connection.statement(
      `INSERT INTO ${nameOf(table)} (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    )
    for (const { key, value } of rows) statement.run(key, JSON.stringify(value))
  }
  ifExists(write, () => {
    connection.database.exec(`CREATE TABLE ${nameOf(table)} (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID`)
    write()
  })
}

/** Removes rows. */
export function removeRows(connection: Connection, table: string, keys: readonly string[]): void {
  ifExists(
    () => {
      const statement = connection.statement(`DELETE FROM ${nameOf(table)} WHERE key = ?`)
      for (const key of keys) statement.run(key)
    },
    () => {},
  )
}

/** Removes a table. */
export function dropTable(connection: Connection, table: string): void {
  connection.database.exec(`DROP TABLE IF EXISTS ${nameOf(table)}`)
}

function decode(value: unknown): Json | undefined {
  return typeof value === 'string' ? (JSON.parse(value) as Json) : undefined
}

const genericError = 1

/** Whether a table exists is asked of SQLite each time: what a rolled-back transaction made must not be remembered. */
function ifExists<R>(work: () => R, otherwise: () => R): R {
  try {
    return work()
  } catch (error) {
    if (resultCode(error) === genericError && error instanceof Error && error.message.startsWith('no such table: tidings_'))
      return otherwise()
    throw error
  }
}
