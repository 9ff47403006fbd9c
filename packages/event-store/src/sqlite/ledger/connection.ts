import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Runtime } from '@tidings/core'
import { openDatabase } from '../open-database.ts'

const mostStatements = 500

/** One connection to a file, with its prepared statements. */
export class Connection {
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(database: DatabaseSync) {
    this.database = database
  }

  static async open(file: string, runtime: Runtime, access: 'read' | 'write'): Promise<Connection> {
    const database = await openDatabase(file, runtime)
    if (access === 'read') database.exec('PRAGMA query_only = ON')
    return new Connection(database)
  }

  /** A prepared statement, kept for the next time. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      if (this.#statements.size >= mostStatements) this.#statements.clear()
      statement = this.database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** SQLite rolls back by itself after some errors. */
  rollBack(): void {
    if (this.database.isOpen && this.database.isTransaction) this.database.exec('ROLLBACK')
  }

  close(): void {
    if (this.database.isOpen) this.database.close()
  }
}
