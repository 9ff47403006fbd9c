import { join } from 'node:path'
import type { DatabaseContext, ServiceDatabase } from '@tidings/core'
import { Connection } from './connection.ts'
import type { SqliteHandle } from './handle.ts'
import { SqliteLedger } from './ledger.ts'

/** How a service's own SQLite database is kept. */
export interface SqliteOptions {
  /** @default `<service>.db` in the system's directory */
  readonly file?: string
  /** Scripts that make the service's tables, each run once, in order. Never change one that was run; add another. */
  readonly migrations?: readonly string[]
  /** How long a transaction waits for the lock that another process holds, in milliseconds. @default 10_000 */
  readonly lockTimeoutMs?: number
}

/**
 * A SQLite file as a service's own database, through `node:sqlite`: durable, synced at every commit, for several instances on
 * one machine.
 *
 * Write transactions run one after the other, in all processes together. One that was paused (not killed) inside a write
 * holds the file's lock: others wait until it goes on or dies.
 *
 * @throws {MigrationChanged} When the system starts: a migration that was run has changed.
 */
export function sqlite(options: SqliteOptions = {}): ServiceDatabase<SqliteHandle> {
  return { open: (context) => openLedger(options, context) }
}

async function openLedger(
  { file, migrations = [], lockTimeoutMs = 10_000 }: SqliteOptions,
  { service, directory, runtime }: DatabaseContext,
): Promise<SqliteLedger> {
  const location = file ?? join(directory, `${service}.db`)
  const writer = await Connection.open(location, runtime, 'write')
  return new SqliteLedger(location, runtime, writer, lockTimeoutMs, migrations)
}
