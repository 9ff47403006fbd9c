import { createHash } from 'node:crypto'
import { MigrationChanged, StatementFailed, StatementRefused } from '@tidings/core'
import type { Connection } from './connection.ts'
import { checkScript } from './statements/check-statement.ts'
import { statementError } from './statements/statement-error.ts'

/** No table of the ledger can have this name: a dollar sign in theirs is written as `$24$`. */
const table = 'main."tidings_$migrations"'

/**
 * Runs the migrations that the database has not run yet, in order, with their numbers and digests, in the transaction that
 * the connection is in: so of two processes one migrates, and the other then finds it done.
 *
 * @throws {MigrationChanged} One that was run is not the same any more.
 * @throws {StatementFailed} One failed. The transaction is to be rolled back.
 */
export function migrate(connection: Connection, location: string, migrations: readonly string[]): void {
  try {
    const { database } = connection
    database.exec(`CREATE TABLE IF NOT EXISTS ${table} (number INTEGER PRIMARY KEY, digest TEXT NOT NULL) STRICT`)
    const known = database.prepare(`SELECT number, digest FROM ${table} ORDER BY number`).all()
    for (const { number, digest } of known) {
      const script = migrations[Number(number) - 1]
      if (script === undefined) throw new MigrationChanged({ database: location, migration: Number(number), found: 'missing' })
      if (digestOf(script) !== digest) throw new MigrationChanged({ database: location, migration: Number(number), found: 'changed' })
    }
    for (const [i, script] of migrations.entries()) {
      if (i >= known.length) runOne(connection, location, script, i + 1)
    }
  } catch (error) {
    throw statementError(error, location)
  }
}

function runOne(connection: Connection, location: string, script: string, number: number): void {
  try {
    checkScript(script)
    connection.asHandler(() => connection.database.exec(script))
  } catch (error) {
    const mapped = statementError(error, location)
    if (!(mapped instanceof StatementFailed || mapped instanceof StatementRefused)) throw mapped
    throw new StatementFailed({
      database: location,
      reason: `migration ${number}: ${error instanceof Error ? error.message : 'unknown'}`,
      cause: error,
    })
  }
  connection.database.prepare(`INSERT INTO ${table} (number, digest) VALUES (?, ?)`).run(number, digestOf(script))
}

function digestOf(script: string): string {
  return createHash('sha256').update(script).digest('hex')
}
