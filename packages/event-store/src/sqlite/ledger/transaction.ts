import {
  type Json,
  type LedgerRange,
  type LedgerReader,
  type LedgerRow,
  type LedgerTransaction,
  StatementFailed,
  TransactionEnded,
} from '@tidings/core'
import { mapFileError } from '../map-error.ts'
import type { Connection } from './connection.ts'
import { type SqliteHandle, sqliteHandle } from './handle.ts'
import { dropTable, getRows, putRows, removeRows, scanRows } from './rows.ts'

/** Reads and writes on a connection that is got, and a transaction that is begun, at the first use. */
export class SqliteTransaction implements LedgerTransaction<SqliteHandle>, LedgerReader {
  readonly db: SqliteHandle
  readonly #location: string
  readonly #begin: () => Promise<Connection>
  #beginning: Promise<Connection> | undefined
  #ended = false

  /** @param begin Gets the connection and begins the transaction; called once. */
  constructor(location: string, subject: string, begin: () => Promise<Connection>) {
    this.#location = location
    this.#begin = begin
    this.db = sqliteHandle(() => this.#use(), location, subject)
  }

  get begun(): boolean {
    return this.#beginning !== undefined
  }

  /** The connection, once begun. */
  get connection(): Promise<Connection> | undefined {
    return this.#beginning
  }

  get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]> {
    return this.#run((connection) => getRows(connection, table, keys))
  }

  scan(table: string, range: LedgerRange): Promise<readonly LedgerRow[]> {
    return this.#run((connection) => scanRows(connection, table, range))
  }

  put(table: string, rows: readonly LedgerRow[]): Promise<void> {
    return this.#run((connection) => putRows(connection, table, rows))
  }

  remove(table: string, keys: readonly string[]): Promise<void> {
    return this.#run((connection) => removeRows(connection, table, keys))
  }

  drop(table: string): Promise<void> {
    return this.#run((connection) => dropTable(connection, table))
  }

  /** From now on every use throws. */
  end(): void {
    this.#ended = true
  }

  async #run<R>(work: (connection: Connection) => R): Promise<R> {
    const connection = await this.#use()
    try {
      return work(connection)
    } catch (error) {
      throw (
        mapFileError(error, this.#location) ??
        new StatementFailed({ database: this.#location, reason: error instanceof Error ? error.message : 'unknown', cause: error })
      )
    }
  }

  async #use(): Promise<Connection> {
    this.#assertOpen()
    this.#beginning ??= this.#begin()
    const connection = await this.#beginning
    // It may have ended while this call waited for its turn: a write now would stand outside of it.
    this.#assertOpen()
    return connection
  }

  #assertOpen(): void {
    if (this.#ended) throw new TransactionEnded({ database: this.#location })
  }
}
