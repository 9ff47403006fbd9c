import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Runtime } from '@tidings/core'
import { mapFileError } from './map-error.ts'
import { retryWhileLocked } from './retry-while-locked.ts'

/** How long opening waits for another process that is opening the same file, in milliseconds. */
const openTimeoutMs = 10_000

/**
 * Opens a file for durable use by several processes: write-ahead log, synced at every commit. Locks are never waited for
 * inside SQLite, which would stop the event loop.
 *
 * @throws {StoreUnavailable} @throws {StoreDamaged}
 */
export async function openDatabase(file: string, runtime: Runtime): Promise<DatabaseSync> {
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(file), { recursive: true })
    const opened = new DatabaseSync(file, { timeout: 0 })
    database = opened
    // Changing to write-ahead logging takes a lock of the whole file, once in its life.
    await retryWhileLocked(runtime, openTimeoutMs, () => opened.exec('PRAGMA journal_mode = WAL'))
    opened.exec('PRAGMA synchronous = FULL')
    return opened
  } catch (error) {
    database?.close()
    throw mapFileError(error, file) ?? error
  }
}
