import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Runtime } from '@tidings/core'
import { openDatabase } from '../open-database.ts'
import { authorize } from './statements/authorize.ts'

const mostStatements = 500
const longestKept = 10_000

/** One connection to a file, with its prepared statements. */
export class Connection {
  readonly database: DatabaseSync
  readonly #own = new Map<string, StatementSync>()
  readonly #handlers = new Map<string, StatementSync>()
  #forHandler = false
  /** The number of the schema that the handlers' statements were prepared for. */
  #schema: unknown

  private constructor(database: DatabaseSync) {
    this.database = database
    authorize(database, () => this.#forHandler)
  }

  static async open(file: string, runtime: Runtime, access: 'read' | 'write'): Promise<Connection> {
    const database = await openDatabase(file, runtime)
    if (access === 'read') database.exec('PRAGMA query_only = ON')
    return new Connection(database)
  }

  get isOpen(): boolean {
    return this.database.isOpen
  }

  get inTransaction(): boolean {
    return this.database.isOpen && this.database.isTransaction
  }

  /** A prepared statement of ours, kept for the next time. */
  statement(sql: string): StatementSync {
    return prepare(this.database, this.#own, sql)
  }

  /** The same by a short name, where the text is long: it is built, and looked at, once. */
  named(name: string, text: () => string): StatementSync {
    const known = this.#own.get(name)
    if (known !== undefined) return known
    const statement = this.database.prepare(text())
    keep(this.#own, name, statement)
    return statement
  }

  /** A prepared statement of a handler's, kept apart from ours. Use it inside {@link asHandler}. */
  handlerStatement(sql: string): StatementSync {
    return prepare(this.database, this.#handlers, sql)
  }

  /** Runs a handler's statements under the rules for handlers; SQLite may compile one anew each time it runs. */
  asHandler<R>(work: () => R): R {
    this.#forHandler = true
    try {
      return work()
    } finally {
      this.#forHandler = false
    }
  }

  /** Runs the work; of one that throws nothing stays, while what the transaction did before does. */
  undoingFailure<R>(work: () => R): R {
    this.#mark('SAVEPOINT tidings')
    try {
      const result = work()
      this.#mark('RELEASE tidings')
      return result
    } catch (error) {
      // Where SQLite has ended the whole transaction, the mark has gone with it.
      if (this.inTransaction) {
        this.#mark('ROLLBACK TO tidings')
        this.#mark('RELEASE tidings')
      }
      throw error
    }
  }

  begin(): void {
    this.statement('BEGIN IMMEDIATE').run()
    this.#look()
  }

  /** Takes a snapshot at once; SQLite alone would take it at the first row that is read. */
  beginRead(): void {
    this.statement('BEGIN').run()
    this.#look()
  }

  /** Forgets the handlers' statements after one that may have changed tables: drivers before Node 24 answer with the old columns. */
  forgetStatements(): void {
    this.#handlers.clear()
    this.#schema = undefined
  }

  commit(): void {
    this.statement('COMMIT').run()
  }

  /** SQLite rolls back by itself after some errors. */
  rollBack(): void {
    if (this.inTransaction) this.statement('ROLLBACK').run()
  }

  close(): void {
    this.#own.clear()
    this.#handlers.clear()
    if (this.database.isOpen) this.database.close()
  }

  #look(): void {
    try {
      const schema = this.statement('PRAGMA schema_version').get()?.schema_version
      if (schema === this.#schema) return
      this.#handlers.clear()
      // Has SQLite itself look at the schema anew, which it does for statements that name a table.
      this.statement('SELECT 1 FROM sqlite_schema LIMIT 1').get()
      this.#schema = schema
    } catch (error) {
      this.rollBack()
      throw error
    }
  }

  #mark(sql: string): void {
    const guarded = this.#forHandler
    this.#forHandler = false
    try {
      this.statement(sql).run()
    } finally {
      this.#forHandler = guarded
    }
  }
}

function prepare(database: DatabaseSync, kept: Map<string, StatementSync>, sql: string): StatementSync {
  const known = kept.get(sql)
  if (known !== undefined) return known
  const statement = database.prepare(sql)
  if (sql.length <= longestKept) keep(kept, sql, statement)
  return statement
}

function keep(kept: Map<string, StatementSync>, name: string, statement: StatementSync): void {
  if (kept.size >= mostStatements) kept.clear()
  kept.set(name, statement)
}
