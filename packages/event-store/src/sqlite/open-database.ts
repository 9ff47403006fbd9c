import { DatabaseSync } from 'node:sqlite'
import { type Runtime, StoreUnavailable } from '@tidings/core'
import { makeFolder } from './make-folder.ts'
import { mapFileError } from './map-error.ts'
import { retryWhileLocked } from './retry-while-locked.ts'

/** How a file is opened. */
export interface OpenOptions {
  /** How long to wait for another process that is opening the same file, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number
  /** Looks at the database before anything in it is changed; throws when it is not the one expected. */
  readonly check?: (database: DatabaseSync) => void
}

/**
 * Opens a file for durable use by several processes: write-ahead log, synced at every commit. Locks are never waited for
 * inside SQLite, which would stop the event loop. No other database can be attached.
 *
 * @throws {StoreUnavailable} @throws {StoreDamaged}
 */
export async function openDatabase(file: string, runtime: Runtime, options: OpenOptions = {}): Promise<DatabaseSync> {
  const { timeoutMs = 10_000, check } = options
  let database: DatabaseSync | undefined
  try {
    makeFolder(file)
    const opened = new DatabaseSync(file, { timeout: 0, limits: { attach: 0 } })
    database = opened
    const mode = await retryWhileLocked(runtime, timeoutMs, () => {
      check?.(opened)
      // Changing to write-ahead logging takes a lock of the whole file, once in its life.
      return opened.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
    })
    // SQLite would go on without: readers would lock out writers.
    if (mode !== 'wal')
      throw new StoreUnavailable({ store: file, reason: 'its file system cannot share memory', remedy: 'Keep it on a local disk.' })
    // Full: every commit is synced. On macOS only a full sync leaves the drive's own memory. After a burst the write-ahead
    // file shrinks again.
    opened.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA journal_size_limit = 67108864')
    return opened
  } catch (error) {
    database?.close()
    throw mapFileError(error, file) ?? new StoreUnavailable({ store: file, reason: 'it cannot be opened', cause: error })
  }
}
