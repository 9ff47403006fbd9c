import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Runtime, StoreUnavailable } from '@tidings/core'
import { mapFileError } from './map-error.ts'
import { retryWhileLocked } from './retry-while-locked.ts'

/** How long opening waits for another process that is opening the same file, in milliseconds. */
const openTimeoutMs = 10_000

/**
 * Opens a file for durable use by several processes: write-ahead log, synced at every commit. Locks are never waited for
 * inside SQLite, which would stop the event loop. No other database can be attached.
 *
 * @throws {StoreUnavailable} @throws {StoreDamaged}
 */
export async function openDatabase(file: string, runtime: Runtime): Promise<DatabaseSync> {
  let database: DatabaseSync | undefined
  try {
    makeFolder(file)
    const opened = new DatabaseSync(file, { timeout: 0, limits: { attach: 0 } })
    database = opened
    // Changing to write-ahead logging takes a lock of the whole file, once in its life.
    const mode = await retryWhileLocked(runtime, openTimeoutMs, () => opened.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode)
    // SQLite would go on without: readers would lock out writers.
    if (mode !== 'wal')
      throw new StoreUnavailable({ store: file, reason: 'its file system cannot share memory', remedy: 'Keep it on a local disk.' })
    opened.exec('PRAGMA synchronous = FULL')
    return opened
  } catch (error) {
    database?.close()
    throw mapFileError(error, file) ?? new StoreUnavailable({ store: file, reason: 'it cannot be opened', cause: error })
  }
}

function makeFolder(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (error) {
    throw new StoreUnavailable({
      store: file,
      reason: 'its folder cannot be made',
      remedy: 'See that the path is right and that this process may write there.',
      cause: error,
    })
  }
}
