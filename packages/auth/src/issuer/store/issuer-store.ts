import type { Json, ServiceDatabase } from '@tidings/core'

/** The tables that the auth service keeps its rows in. */
export const issuerTables = ['users', 'emails', 'sessions', 'facts', 'unsent', 'due', 'state'] as const satisfies readonly IssuerTable[]

/** The name of a table that the auth service keeps its rows in. */
export type IssuerTable = 'users' | 'emails' | 'sessions' | 'facts' | 'unsent' | 'due' | 'state'

/** One row of a table. */
export interface IssuerRow {
  readonly key: string
  readonly value: Json
}

/** Keys between two others, which are ASCII and do not count themselves, in the order of their bytes. */
export interface IssuerRange {
  readonly after?: string
  readonly before?: string
  /** The most rows. */
  readonly limit: number
}

/** Rows by their keys, in the transaction of one handler. */
export interface IssuerRows {
  /** The value of a row; undefined where there is none. */
  get(table: IssuerTable, key: string): Promise<Json | undefined>
  /** Writes a row, replacing one that exists. Of two transactions that write the same row never both commit. */
  put(table: IssuerTable, key: string, value: Json): Promise<void>
  /** A key without a row is no fault. */
  remove(table: IssuerTable, key: string): Promise<void>
  /** The first rows of a range, in ascending order of their keys. */
  scan(table: IssuerTable, range: IssuerRange): Promise<readonly IssuerRow[]>
}

/**
 * Where the auth service keeps users, sessions and keys: {@link sqliteIssuerStore} or `mongodbIssuerStore`.
 *
 * @typeParam Db What a handler has as `ctx.db`, so that each row is written in its handler's transaction.
 */
export interface IssuerStore<Db = unknown> {
  readonly database: ServiceDatabase<Db>
  /** The rows as a handler's database has them. */
  rows(db: Db): IssuerRows
}
