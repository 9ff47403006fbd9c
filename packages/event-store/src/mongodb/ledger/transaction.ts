import {
  checkRange,
  type Json,
  type LedgerRange,
  type LedgerRow,
  type LedgerTransaction,
  ReadOnlyTransaction,
  StatementFailed,
  TransactionEnded,
} from '@tidings/core'
import type { ClientSession, Db } from 'mongodb'
import { mapTransactionError } from '../connection/map-error.ts'
import { rowsOf } from './collections.ts'
import { type MongodbHandle, mongodbHandle } from './handle/handle.ts'
import { idsBetween } from './rows/row-id.ts'
import { dropTable, getRows, putRows, type RowAccess, removeRows, scanRows, toDocuments } from './rows/rows.ts'

/** What a transaction is made of. */
export interface TransactionOptions {
  readonly location: string
  readonly canWrite: boolean
  readonly database: Db
  /** Gets a session for the transaction. Called once, at the first use. */
  readonly acquire: () => Promise<ClientSession>
  /** Waits for a statement, and not for ever. */
  readonly answered: <R>(call: Promise<R>) => Promise<R>
}

/** What a session's transaction was begun with: a snapshot that a majority has, so that nothing seen is ever taken back. */
const snapshot = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', journal: true }, readPreference: 'primary' } as const

/**
 * Reads and writes in a transaction that is begun at the first use. Statements run one after the other, in the order of the
 * calls: MongoDB knows no two at once in one transaction. One that the server refuses ends the transaction, as MongoDB does.
 */
export class MongodbTransaction implements LedgerTransaction<MongodbHandle> {
  readonly db: MongodbHandle
  readonly #options: TransactionOptions
  #beginning: Promise<ClientSession> | undefined
  /** The end of the last statement asked for. */
  #last: Promise<unknown> = Promise.resolve()
  /** Why no statement can run any more. */
  #broken: { readonly reason: unknown } | undefined
  #ended = false

  constructor(options: TransactionOptions) {
    this.#options = options
    const { location, canWrite, database } = options
    this.db = mongodbHandle({ location, canWrite, database, use: (work) => this.#use(work) })
  }

  get begun(): boolean {
    return this.#beginning !== undefined
  }

  /** The session with the transaction open, once it is; undefined where none was begun or could be. */
  async session(): Promise<ClientSession | undefined> {
    return this.#beginning?.catch(() => undefined)
  }

  get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]> {
    return this.#useRows((rows) => getRows(rows, table, keys))
  }

  async scan(table: string, range: LedgerRange): Promise<readonly LedgerRow[]> {
    checkRange(range, this.#options.location)
    const ids = this.#checked(() => idsBetween(table, range.from, range.before))
    return this.#useRows((access) => scanRows(access, table, ids, range))
  }

  async put(table: string, rows: readonly LedgerRow[]): Promise<void> {
    this.#assertWrites()
    const documents = this.#checked(() => toDocuments(table, rows))
    return this.#useRows((access) => putRows(access, documents))
  }

  async remove(table: string, keys: readonly string[]): Promise<void> {
    this.#assertWrites()
    return this.#useRows((access) => removeRows(access, table, keys))
  }

  async drop(table: string): Promise<void> {
    this.#assertWrites()
    return this.#useRows((access) => dropTable(access, table))
  }

  /** Waits for statements that nobody awaited. @throws Why the transaction cannot be committed. */
  async settle(): Promise<void> {
    for (let last: unknown; last !== this.#last; ) {
      last = this.#last
      await last
    }
    if (this.#broken !== undefined) throw this.#broken.reason
  }

  /** From now on no further statement runs; the reason is what they fail with. */
  abort(reason: unknown): void {
    this.#broken ??= { reason }
  }

  /** From now on every use throws. Resolves when the statement under way has ended. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#last
  }

  #assertWrites(): void {
    if (!this.#options.canWrite) throw new ReadOnlyTransaction({ subject: 'The query' })
  }

  #checked<R>(work: () => R): R {
    try {
      return work()
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'a row cannot be kept'
      throw new StatementFailed({ database: this.#options.location, reason, cause: error })
    }
  }

  #useRows<R>(work: (access: RowAccess) => Promise<R>): Promise<R> {
    return this.#use((session) => work({ rows: rowsOf(this.#options.database), session }))
  }

  #use<R>(work: (session: ClientSession) => Promise<R>): Promise<R> {
    const refused = this.#refusal()
    if (refused !== undefined) return Promise.reject(refused.reason)
    this.#beginning ??= this.#begin()
    const result = this.#last.then(() => this.#perform(work))
    this.#last = result.catch(() => {})
    return result
  }

  async #perform<R>(work: (session: ClientSession) => Promise<R>): Promise<R> {
    try {
      // An earlier statement of the same burst may have ended it.
      const refused = this.#refusal()
      if (refused !== undefined) throw refused.reason
      const session = await this.#beginning
      return await this.#options.answered(work(session as ClientSession))
    } catch (error) {
      const mapped = mapTransactionError(error, this.#options.location)
      this.#broken ??= { reason: mapped }
      throw mapped
    }
  }

  #refusal(): { readonly reason: unknown } | undefined {
    if (this.#ended) return { reason: new TransactionEnded({ database: this.#options.location }) }
    return this.#broken
  }

  async #begin(): Promise<ClientSession> {
    const session = await this.#options.acquire()
    session.startTransaction(snapshot)
    return session
  }
}
