import { join, resolve } from 'node:path'
import { type DatabaseContext, DefinitionInvalid, type ServiceDatabase } from '@tidings/core'
import { Connection } from './connection.ts'
import { SqliteLedger } from './ledger.ts'
import type { SqliteHandle } from './statements/handle.ts'

/** How a service's own SQLite database is kept. */
export interface SqliteOptions {
  /** A path; its folder is made. @default `<service>.db` in the system's directory */
  readonly file?: string
  /**
   * Scripts that make the service's tables, each run once, in order, all in one transaction. Never change one that was run;
   * add another.
   */
  readonly migrations?: readonly string[]
  /** How long a transaction waits for the lock that another process holds, in milliseconds. @default 10_000 */
  readonly lockTimeoutMs?: number
}

/**
 * A SQLite file as a service's own database, through `node:sqlite`: durable, synced at every commit, for several instances on
 * one machine.
 *
 * Write transactions run one after the other, in all processes together. One that was paused (not killed) inside a write
 * holds the file's lock: others wait until it goes on or dies. A handler may read the tables of Tidings, whose names begin
 * with `tidings_`, and never write them.
 *
 * @throws {DefinitionInvalid} An option is wrong.
 * @throws {MigrationChanged} When the system starts: a migration that was run has changed.
 */
export function sqlite(options: SqliteOptions = {}): ServiceDatabase<SqliteHandle> {
  checkOptions(options)
  return { open: (context) => openLedger(options, context) }
}

async function openLedger(
  { file, migrations = [], lockTimeoutMs = 10_000 }: SqliteOptions,
  { service, directory, runtime }: DatabaseContext,
): Promise<SqliteLedger> {
  // The whole path: connections are opened later too, and the process may have gone to another folder.
  const location = resolve(file ?? join(directory, `${service}.db`))
  const writer = await Connection.open(location, runtime, 'write')
  return new SqliteLedger({ location, runtime, writer, lockTimeoutMs, migrations })
}

function checkOptions({ file, migrations = [], lockTimeoutMs = 0 }: SqliteOptions): void {
  const faults: string[] = []
  if (file !== undefined && (typeof file !== 'string' || file === '' || file.includes('\0'))) faults.push('file is no path')
  // SQLite would open these as databases in memory, one for each connection.
  if (typeof file === 'string' && (file === ':memory:' || file.startsWith('file:')))
    faults.push('file must be a path; for a database in memory use memory()')
  if (!Array.isArray(migrations) || !migrations.every((script) => typeof script === 'string'))
    faults.push('migrations is no list of scripts')
  if (typeof lockTimeoutMs !== 'number' || !(lockTimeoutMs >= 0)) faults.push('lockTimeoutMs is no number from 0')
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'SQLite database', reason: faults.join('; '), remedy: 'Correct the options given to sqlite().' })
}
