import type { DatabaseSync } from 'node:sqlite'
import {
  checkAppend,
  type EventLog,
  type NewEvent,
  type Position,
  type ReadQuery,
  type ReadResult,
  StoreClosed,
  StoreUnavailable,
  systemRuntime,
} from '@tidings/core'
import { isLocked, mapFileError } from '../map-error.ts'
import { openDatabase } from '../open-database.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import { Appender } from './append.ts'
import { Bell, LogDoorbell, pollEvery, watchFile } from './doorbell.ts'
import type { SqliteEventLogOptions } from './options.ts'
import { Reader } from './read.ts'
import { prepareSchema } from './schema.ts'

interface Opened {
  readonly database: DatabaseSync
  readonly readOnly: DatabaseSync
  readonly id: string
  readonly appender: Appender
  readonly reader: Reader
  readonly bell: Bell
}

/**
 * A log in one SQLite file: durable (synced at every commit), shared by several processes on one machine. The file is opened
 * at first use.
 *
 * Before Node 24, `node:sqlite` prints a warning that it is experimental.
 */
export function sqliteEventLog(options: SqliteEventLogOptions): EventLog {
  return new SqliteEventLog(options)
}

class SqliteEventLog implements EventLog {
  readonly capabilities = { durable: true, sharedByProcesses: true }
  readonly #options: SqliteEventLogOptions
  readonly #doorbell: LogDoorbell
  #opening: Promise<Opened> | undefined
  #closed = false

  constructor(options: SqliteEventLogOptions) {
    this.#options = options
    const { file, pollMs = 1_000, runtime = systemRuntime, watch = watchFile } = options
    this.#doorbell = new LogDoorbell((onChange) => {
      const parts = [watch(file, onChange), pollEvery(pollMs, runtime, onChange)]
      return {
        [Symbol.dispose]: () => {
          for (const part of parts) part[Symbol.dispose]()
        },
      }
    })
  }

  async identity(): Promise<string> {
    return (await this.#open()).id
  }

  async append(events: readonly NewEvent[]): Promise<readonly Position[]> {
    checkAppend(events)
    const { appender } = await this.#open()
    return appender.append(events)
  }

  async read(query: ReadQuery): Promise<ReadResult> {
    query.signal?.throwIfAborted()
    const { reader } = await this.#open()
    return this.#reading(() => reader.read(query))
  }

  async sealed(): Promise<Position> {
    const { reader } = await this.#open()
    return this.#reading(() => reader.head())
  }

  onAdvance(ring: () => void): Disposable {
    return this.#doorbell.add(ring)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#doorbell.close()
    const opened = await this.#opening?.catch(() => undefined)
    if (opened === undefined) return
    await opened.appender.close()
    letGo(opened)
  }

  /** Lets go of the file at once, as the end of the process would: what was not committed is gone. */
  abandon(): void {
    this.#closed = true
    this.#doorbell.close()
    void this.#opening?.then(letGo, () => {})
  }

  /** A reader of a write-ahead log is seldom locked out: while another process recovers it, for one. */
  async #reading<R>(work: () => R): Promise<R> {
    const { file, runtime = systemRuntime, appendTimeoutMs = 10_000 } = this.#options
    try {
      return work()
    } catch (error) {
      if (!isLocked(error)) throw mapFileError(error, file) ?? error
    }
    try {
      return await retryWhileLocked(runtime, appendTimeoutMs, work)
    } catch (error) {
      throw mapFileError(error, file) ?? error
    }
  }

  #open(): Promise<Opened> {
    if (this.#closed) return Promise.reject(new StoreClosed({ store: this.#options.file }))
    // A failed attempt is not kept: the next call tries again.
    this.#opening ??= this.#openFile().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #openFile(): Promise<Opened> {
    const { file, runtime = systemRuntime, appendTimeoutMs = 10_000, maxWaiting = 100_000 } = this.#options
    const database = await openDatabase(file, runtime)
    try {
      const id = await retryWhileLocked(runtime, appendTimeoutMs, () => prepareSchema(database, file, runtime))
      const readOnly = await openDatabase(file, runtime)
      readOnly.exec('PRAGMA query_only = ON')
      const bell = new Bell(file)
      const appender = new Appender({
        database,
        file,
        runtime,
        timeoutMs: appendTimeoutMs,
        maxWaiting,
        onAppended: () => {
          this.#doorbell.ring()
          bell.ring(runtime.clock.now())
        },
      })
      return { database, readOnly, id, appender, reader: new Reader(readOnly), bell }
    } catch (error) {
      database.close()
      throw mapFileError(error, file) ?? new StoreUnavailable({ store: file, reason: 'it could not be opened', cause: error })
    }
  }
}

function letGo({ readOnly, database, bell }: Opened): void {
  readOnly.close()
  database.close()
  bell.close()
}
