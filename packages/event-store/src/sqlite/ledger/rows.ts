import type { Json, LedgerRange, LedgerRow } from '@tidings/core'
import { resultCode } from '../map-error.ts'
import type { Connection } from './connection.ts'
import { bareTableName, tableName } from './table-name.ts'

/** Reads rows; a table that does not exist yet is empty. */
export function getRows(connection: Connection, table: string, keys: readonly string[]): (Json | undefined)[] {
  return ifExists(
    table,
    () => {
      const statement = connection.statement(`SELECT value FROM ${tableName(table)} WHERE key = ?`)
      return keys.map((key) => decode(statement.get(key)?.value))
    },
    () => keys.map(() => undefined),
  )
}

/** Reads a range; SQLite compares text as the bytes of UTF-8. */
export function scanRows(connection: Connection, table: string, range: LedgerRange): LedgerRow[] {
  const conditions: string[] = []
  const values: (string | number)[] = []
  if (range.from !== undefined) {
    conditions.push('key >= ?')
    values.push(range.from)
  }
  if (range.before !== undefined) {
    conditions.push('key < ?')
    values.push(range.before)
  }
  for (const [path, value] of Object.entries(range.where ?? {})) {
    // Compared as JSON text, so that true is not 1, null is not absent, and numbers are compared as they are written.
    conditions.push('(value -> ?) = ?')
    values.push(jsonPath(path), JSON.stringify(value))
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  return ifExists(
    table,
    () => {
      const rows = connection
        .statement(`SELECT key, value FROM ${tableName(table)}${where} ORDER BY key LIMIT ?`)
        .all(...values, range.limit)
      return rows.map((row) => ({ key: String(row.key), value: decode(row.value) as Json }))
    },
    () => [],
  )
}

/** Writes rows. The table appears with its first row, inside the same transaction. */
export function putRows(connection: Connection, table: string, rows: readonly LedgerRow[]): void {
  const name = tableName(table)
  const write = (): void => {
    const statement = connection.statement(
      `INSERT INTO ${name} (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    )
    for (const { key, value } of rows) statement.run(key, JSON.stringify(value))
  }
  ifExists(table, write, () => {
    connection.database.exec(`CREATE TABLE ${name} (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID`)
    write()
  })
}

/** Removes rows. */
export function removeRows(connection: Connection, table: string, keys: readonly string[]): void {
  ifExists(
    table,
    () => {
      const statement = connection.statement(`DELETE FROM ${tableName(table)} WHERE key = ?`)
      for (const key of keys) statement.run(key)
    },
    () => {},
  )
}

/** Removes a table. */
export function dropTable(connection: Connection, table: string): void {
  connection.database.exec(`DROP TABLE IF EXISTS ${tableName(table)}`)
}

function jsonPath(path: string): string {
  const steps = path.split('.').map((step) => `."${JSON.stringify(step).slice(1, -1)}"`)
  return `$${steps.join('')}`
}

function decode(value: unknown): Json | undefined {
  return typeof value === 'string' ? (JSON.parse(value) as Json) : undefined
}

const genericError = 1

/** Whether a table exists is asked of SQLite each time: what a rolled-back transaction made must not be remembered. */
function ifExists<R>(table: string, work: () => R, otherwise: () => R): R {
  try {
    return work()
  } catch (error) {
    if (resultCode(error) === genericError && error instanceof Error && error.message === `no such table: main.${bareTableName(table)}`)
      return otherwise()
    throw error
  }
}
