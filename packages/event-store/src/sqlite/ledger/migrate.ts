import { createHash } from 'node:crypto'
import { MigrationChanged, StatementFailed } from '@tidings/core'
import { mapFileError } from '../map-error.ts'
import type { Connection } from './connection.ts'

/**
 * Runs the migrations that the database has not run yet, in order, all in one transaction with their numbers and digests.
 *
 * @throws {MigrationChanged} One that was run is not the same any more.
 * @throws {StatementFailed} One failed; none was kept.
 */
export function migrate(connection: Connection, location: string, migrations: readonly string[]): void {
  const { database } = connection
  // Taken before looking, so that of two processes one migrates and the other then finds it done.
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec('CREATE TABLE IF NOT EXISTS tidings_migrations (number INTEGER PRIMARY KEY, digest TEXT NOT NULL) STRICT')
    const known = database.prepare('SELECT number, digest FROM tidings_migrations ORDER BY number').all()
    for (const { number, digest } of known) {
      const script = migrations[Number(number) - 1]
      if (script === undefined) throw new MigrationChanged({ database: location, migration: Number(number), found: 'missing' })
      if (digestOf(script) !== digest) throw new MigrationChanged({ database: location, migration: Number(number), found: 'changed' })
    }
    for (const [i, script] of migrations.entries()) {
      if (i < known.length) continue
      runOne(connection, location, script, i + 1)
    }
    database.exec('COMMIT')
  } catch (error) {
    connection.rollBack()
    throw error
  }
}

function runOne({ database }: Connection, location: string, script: string, number: number): void {
  try {
    database.exec(script)
  } catch (error) {
    throw (
      mapFileError(error, location) ??
      new StatementFailed({
        database: location,
        reason: `migration ${number}: ${error instanceof Error ? error.message : 'unknown'}`,
        cause: error,
      })
    )
  }
  database.prepare('INSERT INTO tidings_migrations (number, digest) VALUES (?, ?)').run(number, digestOf(script))
}

function digestOf(script: string): string {
  return createHash('sha256').update(script).digest('hex')
}
