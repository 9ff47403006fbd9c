import {
  checkRange,
  type Json,
  type LedgerRange,
  type LedgerRow,
  type LedgerTransaction,
  ReadOnlyTransaction,
  StoreClosed,
  StoreUnavailable,
  TransactionEnded,
} from '@tidings/core'
import type { Connection } from './connection.ts'
import { dropTable, getRows, putRows, removeRows, scanRows } from './rows.ts'
import type { CheckedStatements } from './statements/checked-statements.ts'
import { type SqliteHandle, sqliteHandle } from './statements/handle.ts'
import { statementError } from './statements/statement-error.ts'

/** What a transaction is made of. */
export interface TransactionOptions {
  readonly location: string
  readonly canWrite: boolean
  readonly checks: CheckedStatements
  /** Gets a connection on which a transaction is begun. Called once, at the first use. */
  readonly acquire: (signal: AbortSignal) => Promise<Connection>
}

interface Pending {
  readonly perform: (connection: Connection) => void
  readonly refuse: (error: unknown) => void
  readonly done: Promise<unknown>
}

/**
 * Reads and writes on a connection that is got, and a transaction that is begun, at the first use. Statements run in the
 * order of the calls, at once when it has begun: so those that nobody awaits are part of it too.
 */
export class SqliteTransaction implements LedgerTransaction<SqliteHandle> {
  readonly db: SqliteHandle
  readonly #options: TransactionOptions
  /** Present while the begin waits. */
  #giveUp: AbortController | undefined
  #beginning: Promise<void> | undefined
  #connection: Connection | undefined
  #pending: Pending[] = []
  /** Why SQLite has ended the transaction: whatever ran after that would stand outside of it. */
  #broken: unknown
  #ended = false

  constructor(options: TransactionOptions) {
    this.#options = options
    const { location, canWrite, checks } = options
    this.db = sqliteHandle({ location, canWrite, checks, use: (work) => this.#use(work) })
  }

  get begun(): boolean {
    return this.#beginning !== undefined
  }

  /** The connection, once begun. */
  get connection(): Connection | undefined {
    return this.#connection
  }

  async get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]> {
    return this.#use((connection) => getRows(connection, table, keys))
  }

  async scan(table: string, range: LedgerRange): Promise<readonly LedgerRow[]> {
    checkRange(range, this.#options.location)
    return this.#use((connection) => scanRows(connection, table, range))
  }

  async put(table: string, rows: readonly LedgerRow[]): Promise<void> {
    return this.#write((connection) => putRows(connection, table, rows))
  }

  async remove(table: string, keys: readonly string[]): Promise<void> {
    return this.#write((connection) => removeRows(connection, table, keys))
  }

  async drop(table: string): Promise<void> {
    return this.#write((connection) => dropTable(connection, table))
  }

  /** Waits for statements that nobody awaited. @throws What the first of them that failed threw, or what the begin threw. */
  async settle(): Promise<void> {
    const pending = this.#pending
    ignoreUnhandled(pending)
    await this.#beginning
    await Promise.all(pending.map(({ done }) => done))
    if (this.#broken !== undefined) throw this.#broken
  }

  /** From now on every use throws; a begin that still waits is given up. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#giveUp === undefined) return
    const error = new TransactionEnded({ database: this.#options.location })
    ignoreUnhandled(this.#pending)
    for (const { refuse } of this.#pending.splice(0)) refuse(error)
    this.#giveUp.abort(error)
  }

  /** Resolves when the begin is over, whatever came of it. */
  async begunOrNot(): Promise<void> {
    await this.#beginning?.catch(() => {})
  }

  /** Gives up a begin that still waits. */
  abort(reason: unknown): void {
    this.#giveUp?.abort(reason)
  }

  #write<R>(work: (connection: Connection) => R): Promise<R> {
    return this.#options.canWrite ? this.#use(work) : Promise.reject(new ReadOnlyTransaction({ subject: 'The query' }))
  }

  #use<R>(work: (connection: Connection) => R): Promise<R> {
    if (this.#ended) return Promise.reject(new TransactionEnded({ database: this.#options.location }))
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    const { promise, resolve, reject } = Promise.withResolvers<R>()
    const perform = (connection: Connection): void => {
      try {
        resolve(this.#perform(connection, work))
      } catch (error) {
        reject(error)
      }
    }
    if (this.#connection !== undefined) {
      perform(this.#connection)
      return promise
    }
    this.#pending.push({ perform, refuse: reject, done: promise })
    this.#beginning ??= this.#begin()
    return promise
  }

  async #begin(): Promise<void> {
    this.#giveUp = new AbortController()
    try {
      const connection = await this.#options.acquire(this.#giveUp.signal)
      this.#connection = connection
      for (const { perform } of this.#pending.splice(0)) perform(connection)
    } catch (error) {
      this.#broken = error
      for (const { refuse } of this.#pending.splice(0)) refuse(error)
    } finally {
      this.#giveUp = undefined
    }
  }

  #perform<R>(connection: Connection, work: (connection: Connection) => R): R {
    const { location } = this.#options
    // An earlier statement of the same burst may have ended it.
    if (this.#broken !== undefined) throw this.#broken
    if (!connection.isOpen) throw new StoreClosed({ store: location })
    try {
      return work(connection)
    } catch (error) {
      const mapped = statementError(error, location)
      if (!connection.inTransaction) this.#broken = mapped
      throw mapped
    } finally {
      if (!connection.inTransaction) this.#broken ??= new StoreUnavailable({ store: location, reason: 'SQLite has ended the transaction' })
    }
  }
}

/** The transaction itself rejects, so that nothing is lost when nobody listens to these. */
function ignoreUnhandled(pending: readonly Pending[]): void {
  for (const { done } of pending) done.catch(() => {})
}
