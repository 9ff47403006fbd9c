import { statSync } from 'node:fs'
import {
  checkAppend,
  checkReadQuery,
  type EventLog,
  type NewEvent,
  type Position,
  type ReadQuery,
  type ReadResult,
  StoreClosed,
} from '@tidings/core'
import { isLocked, mapFileError } from '../map-error.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import { LogDoorbell } from './doorbell.ts'
import { toRow } from './event-row.ts'
import { OpenLog } from './open-log.ts'
import { type LogSettings, readOptions, type SqliteEventLogOptions } from './options.ts'
import type { Reader } from './read.ts'

/**
 * A log in one SQLite file: durable (synced at every commit), shared by several processes on one machine. The file is opened
 * at first use.
 *
 * Before Node 24, `node:sqlite` prints a warning that it is experimental.
 *
 * @throws {DefinitionInvalid} An option is wrong.
 */
export function sqliteEventLog(options: SqliteEventLogOptions): EventLog {
  return new SqliteEventLog(readOptions(options))
}

class SqliteEventLog implements EventLog {
  readonly capabilities = { durable: true, sharedByProcesses: true, skipsPositions: false }
  readonly location: string
  readonly #settings: LogSettings
  readonly #doorbell: LogDoorbell
  readonly #waitingReads = new Set<Promise<unknown>>()
  #opening: Promise<OpenLog> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: LogSettings) {
    this.#settings = settings
    this.location = settings.file
    this.#doorbell = new LogDoorbell(settings)
  }

  async exists(): Promise<boolean> {
    this.#assertOpen()
    // Opened, it would be made. A file without a byte is one that nobody has written to yet.
    return (statSync(this.#settings.file, { throwIfNoEntry: false })?.size ?? 0) > 0
  }

  async identity(): Promise<string> {
    return (await this.#open()).id
  }

  async append(events: readonly NewEvent[]): Promise<readonly Position[]> {
    const { runtime, appendTimeoutMs } = this.#settings
    const deadline = runtime.clock.monotonic() + appendTimeoutMs
    checkAppend(events)
    // At once: what the caller does to its events from now on changes nothing.
    const rows = events.map(toRow)
    const { appender } = await this.#open()
    return appender.append(rows, deadline)
  }

  async read(query: ReadQuery): Promise<ReadResult> {
    checkReadQuery(query)
    query.signal?.throwIfAborted()
    return this.#reading((reader) => reader.read(query), query.signal)
  }

  async sealed(): Promise<Position> {
    return this.#reading((reader) => reader.head())
  }

  onAdvance(ring: () => void): Disposable {
    this.#assertOpen()
    return this.#doorbell.add(ring)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Lets go of the file at once, as the end of the process would. Simulated processes die of it. */
  abandon(): void {
    this.#closing ??= Promise.resolve()
    this.#doorbell.close()
    void this.#opening?.then((opened) => opened.abandon()).catch(() => {})
  }

  async #close(): Promise<void> {
    this.#doorbell.close()
    const opened = await this.#opening?.catch(() => undefined)
    await Promise.allSettled(this.#waitingReads)
    await opened?.close()
  }

  async #reading<R>(work: (reader: Reader) => R, signal?: AbortSignal): Promise<R> {
    const { reader, assertSameFile } = await this.#open()
    const { file, runtime, appendTimeoutMs } = this.#settings
    try {
      assertSameFile()
      return work(reader)
    } catch (error) {
      if (!isLocked(error)) throw mapFileError(error, file) ?? error
    }
    // A reader of a write-ahead log is seldom locked out: while another process recovers it, for one.
    const waiting = retryWhileLocked(runtime, appendTimeoutMs, () => work(reader), signal)
    this.#waitingReads.add(waiting)
    try {
      return await waiting
    } catch (error) {
      throw mapFileError(error, file) ?? error
    } finally {
      this.#waitingReads.delete(waiting)
    }
  }

  #open(): Promise<OpenLog> {
    this.#assertOpen()
    // A failed attempt is not kept: the next call tries again.
    this.#opening ??= OpenLog.open(this.#settings, () => this.#doorbell.ring()).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new StoreClosed({ store: this.#settings.file })
  }
}
