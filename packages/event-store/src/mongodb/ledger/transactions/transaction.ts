import {
  checkRange,
  type Json,
  type LedgerRange,
  type LedgerRow,
  type LedgerTransaction,
  StatementFailed,
  TransactionConflict,
} from '@tidings/core'
import type { ClientSession, Db } from 'mongodb'
import { classifyError } from '../../connection/classify-error.ts'
import { rowsOf } from '../collections.ts'
import { type MongodbHandle, mongodbHandle } from '../handle/handle.ts'
import { idsBetween } from '../rows/row-id.ts'
import { dropTable, getRows, putRows, type RowAccess, removeRows, scanRows, toDocuments } from '../rows/rows.ts'
import type { Statements } from './statements.ts'

/** The rows of the ledger and the handler's own documents, in one transaction. */
export class MongodbTransaction implements LedgerTransaction<MongodbHandle> {
  readonly db: MongodbHandle
  readonly #statements: Statements
  readonly #database: Db
  readonly #location: string

  constructor(statements: Statements, database: Db, location: string) {
    this.#statements = statements
    this.#database = database
    this.#location = location
    this.db = mongodbHandle({ database, read: (work) => statements.read(work), write: (work) => statements.write(work) })
  }

  get begun(): boolean {
    return this.#statements.session !== undefined
  }

  get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]> {
    return this.#statements.read((session) => getRows(this.#access(session), table, keys))
  }

  async scan(table: string, range: LedgerRange): Promise<readonly LedgerRow[]> {
    checkRange(range, this.#location)
    const ids = this.#checked(() => idsBetween(table, range.from, range.before))
    return this.#statements.read((session) => scanRows(this.#access(session), table, ids, range))
  }

  async put(table: string, rows: readonly LedgerRow[]): Promise<void> {
    const documents = this.#checked(() => toDocuments(table, rows))
    return this.#statements.write(async (session) => {
      try {
        await putRows(this.#access(session), documents)
      } catch (error) {
        // A key is made where it is not there: it is there only where another transaction has just made it.
        if (classifyError(error) === 'duplicate') throw new TransactionConflict({ database: this.#location, cause: error })
        throw error
      }
    })
  }

  remove(table: string, keys: readonly string[]): Promise<void> {
    return this.#statements.write((session) => removeRows(this.#access(session), table, keys))
  }

  drop(table: string): Promise<void> {
    return this.#statements.write((session) => dropTable(this.#access(session), table))
  }

  #access(session: ClientSession): RowAccess {
    return { rows: rowsOf(this.#database), session }
  }

  #checked<R>(work: () => R): R {
    try {
      return work()
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'a row cannot be kept'
      throw new StatementFailed({ database: this.#location, reason, cause: error })
    }
  }
}
