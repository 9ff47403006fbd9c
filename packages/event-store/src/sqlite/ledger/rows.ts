import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { Json, LedgerRange, LedgerRow } from '@tidings/core'
import { resultCode } from '../map-error.ts'
import type { Connection } from './connection.ts'
import { bareTableName, tableName } from './table-name.ts'

/** How many rows one statement reads: most of a read's cost is the call. */
const readAtOnce = [32, 4, 1]

/** Some releases of Node read text only up to a NUL; as bytes it comes whole. */
const wholeKey = 'CASE WHEN instr(key, char(0)) > 0 THEN CAST(key AS BLOB) ELSE key END'

/** Reads rows; a table that does not exist yet is empty. */
export function getRows(connection: Connection, table: string, keys: readonly string[]): (Json | undefined)[] {
  const column = (): string => `(SELECT value FROM ${tableName(table)} WHERE key = ?)`
  return ifExists(
    table,
    () =>
      inPieces(keys, readAtOnce).flatMap((some) => {
        const statement = connection.named(`get ${some.length} ${table}`, () => `SELECT ${repeated(column(), some.length)}`)
        return rowsOf(statement, some).flat().map(decode)
      }),
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
      const statement = connection.statement(`SELECT ${wholeKey}, value FROM ${tableName(table)}${where} ORDER BY key LIMIT ?`)
      return rowsOf(statement, values, range.limit).map(([key, value]) => ({ key: keyOf(key), value: decode(value) as Json }))
    },
    () => [],
  )
}

/** Writes rows. The table appears with its first row, inside the same transaction. */
export function putRows(connection: Connection, table: string, rows: readonly LedgerRow[]): void {
  // Before the first is written, so that a value at fault leaves none behind.
  const encoded = rows.map(({ key, value }) => [toKey(key), toText(value)] as const)
  const write = (): void => {
    // One statement for each row: of several in one, SQLite keeps a journal in case it must undo a part, which costs more than the calls.
    const statement = connection.statement(
      `INSERT INTO ${tableName(table)} (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    )
    for (const [key, text] of encoded) statement.run(key, text)
  }
  ifExists(table, write, () => {
    // With row ids: without them, rows of more than some hundred bytes take several times as long to write.
    connection.database.exec(`CREATE TABLE ${tableName(table)} (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT`)
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

/** Cuts a list into pieces of the sizes given, the largest first: few different ones, so that statements can be kept. */
function inPieces<T>(items: readonly T[], sizes: readonly number[]): (readonly T[])[] {
  const pieces: (readonly T[])[] = []
  let at = 0
  for (const size of sizes) {
    for (; at + size <= items.length; at += size) pieces.push(items.slice(at, at + size))
  }
  return pieces
}

/** The rows as lists of their columns, which the driver makes faster than objects. */
function rowsOf(
  statement: StatementSync,
  values: readonly SQLInputValue[],
  ...more: readonly SQLInputValue[]
): readonly SQLOutputValue[][] {
  statement.setReturnArrays(true)
  // The driver's types do not know this form.
  return statement.all(...values, ...more) as unknown as SQLOutputValue[][]
}

function repeated(text: string, times: number): string {
  return Array.from({ length: times }, () => text).join(', ')
}

function toKey(key: string): string {
  if (key.isWellFormed()) return key
  throw new TypeError('a key holds a lone surrogate, which is no text')
}

function toText(value: Json): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError('a row has no value that JSON can carry')
  return text
}

function keyOf(column: SQLOutputValue | undefined): string {
  return column instanceof Uint8Array ? Buffer.from(column).toString() : String(column)
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
