import { join } from 'node:path'
import { type Ledger, systemRuntime } from '@tidings/core'
import { type SqliteHandle, type SqliteOptions, sqlite } from '@tidings/event-store/sqlite'
import { onTestFinished } from 'vitest'

/** Opens the database of a service on SQLite; closed at the latest when the test has finished. */
export async function openLedger(directory: string, options: SqliteOptions = {}): Promise<Ledger<SqliteHandle>> {
  const ledger = await sqlite(options).open({ service: 'shelf', directory, runtime: systemRuntime })
  onTestFinished(() => ledger.close())
  return ledger
}

/** Where {@link openLedger} keeps the database. */
export function fileOf(directory: string): string {
  return join(directory, 'shelf.db')
}

/** Writes one row of the ledger. */
export async function putOne(ledger: Ledger, key: string, value: string): Promise<void> {
  await ledger.transaction((tx) => tx.put('rows', [{ key, value }]))
}

/** The committed rows of the ledger, as `key=value`. */
export async function rowsOf(ledger: Ledger): Promise<string[]> {
  const rows = await ledger.read((reader) => reader.scan('rows', { limit: 10_000 }))
  return rows.map(({ key, value }) => `${key}=${String(value)}`)
}
