import type { SQLInputValue } from 'node:sqlite'
import { ReadOnlyTransaction, StatementFailed, type TidingsError } from '@tidings/core'
import { mapFileError, resultCode } from '../map-error.ts'
import type { Connection } from './connection.ts'
import { assertOneStatement, assertStaysInside } from './statement-keyword.ts'

/** A service's SQLite database inside a handler's transaction. Every call runs one statement. */
export interface SqliteHandle {
  /** Runs a statement that answers no rows. @returns How many rows it changed. */
  run(sql: string, ...values: readonly SqliteValue[]): Promise<{ readonly changes: number }>
  /** The first row; undefined when there is none. */
  get<Row = Record<string, SqliteValue>>(sql: string, ...values: readonly SqliteValue[]): Promise<Row | undefined>
  /** All rows. */
  all<Row = Record<string, SqliteValue>>(sql: string, ...values: readonly SqliteValue[]): Promise<Row[]>
}

/** What SQLite stores. Booleans are 1 and 0, times are text or numbers: say which. */
export type SqliteValue = string | number | bigint | null | Uint8Array

const readOnly = 8
const constraintFailed = 19

/** @param use Gives the connection, beginning the transaction if need be. */
export function sqliteHandle(use: () => Promise<Connection>, location: string, subject: string): SqliteHandle {
  const run = async <R>(
    sql: string,
    values: readonly SqliteValue[],
    work: (connection: Connection, values: readonly SQLInputValue[]) => R,
  ): Promise<R> => {
    assertStaysInside(sql)
    assertOneStatement(sql)
    values.forEach((value, i) => {
      assertStorable(value, i, location)
    })
    const connection = await use()
    try {
      return work(connection, values)
    } catch (error) {
      throw mapStatementError(error, location, subject)
    }
  }
  return {
    run: (sql, ...values) =>
      run(sql, values, (connection, bound) => ({ changes: Number(connection.statement(sql).run(...bound).changes) })),
    // Which columns a row has is between the caller and the statement.
    get: <Row>(sql: string, ...values: readonly SqliteValue[]) =>
      run(sql, values, (connection, bound) => plain(connection.statement(sql).get(...bound)) as Row | undefined),
    all: <Row>(sql: string, ...values: readonly SqliteValue[]) =>
      run(
        sql,
        values,
        (connection, bound) =>
          connection
            .statement(sql)
            .all(...bound)
            .map(plain) as Row[],
      ),
  }
}

/** Rows come without a prototype, which schemas and comparisons stumble over. */
function plain(row: object | undefined): object | undefined {
  return row === undefined ? undefined : { ...row }
}

function assertStorable(value: unknown, index: number, location: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'bigint' || value instanceof Uint8Array) return
  if (typeof value === 'number' && !Number.isNaN(value)) return
  const kind = typeof value === 'object' ? (value?.constructor?.name ?? 'object') : Number.isNaN(value) ? 'NaN' : typeof value
  throw new StatementFailed({
    database: location,
    reason: `value ${index + 1} is ${kind}, which SQLite cannot store; give text, a number, null or bytes`,
  })
}

function mapStatementError(error: unknown, location: string, subject: string): TidingsError {
  const code = resultCode(error)
  if (code === readOnly) return new ReadOnlyTransaction({ subject })
  if (error instanceof Error && code === constraintFailed) {
    return new StatementFailed({
      database: location,
      reason: error.message,
      constraint: /^(\w+(?: \w+)?) constraint/.exec(error.message)?.[1]?.toLowerCase() ?? 'other',
      cause: error,
    })
  }
  return (
    mapFileError(error, location) ??
    new StatementFailed({ database: location, reason: error instanceof Error ? error.message : 'unknown', cause: error })
  )
}
