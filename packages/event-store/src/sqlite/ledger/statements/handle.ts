import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { ReadOnlyTransaction, StatementFailed, StatementRefused } from '@tidings/core'
import { resultCode } from '../../map-error.ts'
import type { Connection } from '../connection.ts'
import type { CheckedStatement } from './check-statement.ts'
import type { CheckedStatements } from './checked-statements.ts'
import { type SqliteValue, toSqlValue } from './to-sql-value.ts'

/** A service's SQLite database inside a handler's transaction. Every call runs one statement, with one value for each `?`. */
export interface SqliteHandle {
  /** Runs a statement that answers no rows. @returns How many rows it changed. */
  run(sql: string, ...values: readonly SqliteValue[]): Promise<{ readonly changes: number }>
  /** The first row; undefined when there is none. */
  get<Row = Record<string, SqliteValue>>(sql: string, ...values: readonly SqliteValue[]): Promise<Row | undefined>
  /** All rows. */
  all<Row = Record<string, SqliteValue>>(sql: string, ...values: readonly SqliteValue[]): Promise<Row[]>
}

/** What a handle works on. */
export interface HandleOptions {
  readonly location: string
  readonly canWrite: boolean
  readonly checks: CheckedStatements
  /** Runs the work on the transaction's connection, beginning the transaction if need be. */
  readonly use: <R>(work: (connection: Connection) => R) => Promise<R>
}

const readOnly = 8
const notAuthorized = 23

/** The handle of one transaction. */
export function sqliteHandle({ location, canWrite, checks, use }: HandleOptions): SqliteHandle {
  const execute = async <R>(
    sql: string,
    values: readonly SqliteValue[],
    answers: boolean,
    work: (statement: StatementSync, bound: SQLInputValue[]) => R,
  ): Promise<R> => {
    const checked = checks.of(sql)
    const bound = bind(checked, values, location)
    return use((connection) => {
      const once = (): R => work(connection.handlerStatement(sql), bound)
      try {
        // An answer that cannot be handed over fails a statement that has written already: with a mark it can be undone.
        return connection.asHandler(answers && !checked.reads ? () => connection.undoingFailure(once) : once)
      } catch (error) {
        throw refusal(error, checked, canWrite) ?? error
      } finally {
        if (!checked.reads && !checked.counts) connection.forgetStatements()
      }
    })
  }
  return {
    run: async (sql, ...values) => {
      const changes = await execute(sql, values, false, (statement, bound) => Number(statement.run(...bound).changes))
      return { changes: checks.of(sql).counts ? changes : 0 }
    },
    // Which columns a row has is between the caller and the statement.
    get: <Row>(sql: string, ...values: readonly SqliteValue[]) =>
      execute(sql, values, true, (statement, bound) => plain(statement.get(...bound)) as Row | undefined),
    all: <Row>(sql: string, ...values: readonly SqliteValue[]) =>
      execute(sql, values, true, (statement, bound) => statement.all(...bound).map(plain) as Row[]),
  }
}

function bind({ placeholders }: CheckedStatement, values: readonly SqliteValue[], location: string): SQLInputValue[] {
  if (values.length !== placeholders) {
    throw new StatementFailed({
      database: location,
      reason: `it has ${placeholders} placeholders and was given ${values.length} values; give one for each`,
    })
  }
  return values.map((value, i) => toSqlValue(value, i, location))
}

function refusal(error: unknown, { keyword }: CheckedStatement, canWrite: boolean): Error | undefined {
  const code = resultCode(error)
  if (code === notAuthorized)
    return new StatementRefused({ keyword, reason: "it would leave the transaction or the database, or change what is Tidings' own" })
  return code === readOnly && !canWrite ? new ReadOnlyTransaction({ subject: 'The query' }) : undefined
}

/** Rows come without a prototype, which schemas and comparisons stumble over. */
function plain(row: object | undefined): object | undefined {
  return row === undefined ? undefined : { ...row }
}
