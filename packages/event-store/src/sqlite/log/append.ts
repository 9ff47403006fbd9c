import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  AppendOutcomeUnknown,
  type Position,
  type Runtime,
  StoreClosed,
  StoreOverloaded,
  StoreUnavailable,
  type TidingsError,
} from '@tidings/core'
import { isLocked, mapFileError } from '../map-error.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import type { EventRow } from './event-row.ts'
import { GroupWriter, type Result } from './write-group.ts'

/** The most events that a group takes in, so that a long queue does not stop the event loop. */
const mostInGroup = 2_000

interface Waiting {
  readonly rows: readonly EventRow[]
  /** On the monotonic clock. */
  readonly deadline: number
  readonly resolve: (positions: readonly Position[]) => void
  readonly reject: (error: unknown) => void
}

/** What appending needs of the log that it belongs to. */
export interface AppenderOptions {
  readonly database: DatabaseSync
  readonly file: string
  readonly runtime: Runtime
  readonly maxWaiting: number
  /** Throws when the file is no longer the one that was opened. */
  readonly assertSameFile: () => void
  readonly onAppended: () => void
}

/**
 * Writes appends in groups: all that wait when the file's lock is there share a transaction, and its sync. A caller that is
 * refused writes nothing and fails no other.
 */
export class Appender {
  readonly #options: AppenderOptions
  readonly #writer: GroupWriter
  readonly #beginImmediate: StatementSync
  readonly #commit: StatementSync
  #waiting: Waiting[] = []
  #waitingEvents = 0
  #running: Promise<void> | undefined
  #closed = false

  constructor(options: AppenderOptions) {
    this.#options = options
    this.#writer = new GroupWriter(options.database)
    this.#beginImmediate = options.database.prepare('BEGIN IMMEDIATE')
    this.#commit = options.database.prepare('COMMIT')
  }

  /**
   * Takes part in the next group.
   *
   * @param deadline When to give up waiting for the lock, on the monotonic clock.
   * @throws {StoreOverloaded} @throws {StoreClosed}
   */
  append(rows: readonly EventRow[], deadline: number): Promise<readonly Position[]> {
    const { file, maxWaiting } = this.#options
    if (this.#closed) return Promise.reject(new StoreClosed({ store: file }))
    if (this.#waitingEvents > 0 && this.#waitingEvents + rows.length > maxWaiting)
      return Promise.reject(new StoreOverloaded({ store: `The log ${file}`, waiting: this.#waitingEvents, maximum: maxWaiting }))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, deadline, resolve, reject })
      this.#waitingEvents += rows.length
      this.#running ??= this.#run()
    })
  }

  /** Finishes what was taken on; takes on no more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    // After this turn of the event loop; what comes while a group is written makes the next one.
    do {
      await this.#options.runtime.clock.sleep(0)
      await this.#writeNext()
    } while (this.#waiting.length > 0)
    this.#running = undefined
  }

  async #writeNext(): Promise<void> {
    const { database, file, runtime, assertSameFile, onAppended } = this.#options
    let group: readonly Waiting[] = []
    let results: readonly Result[]
    try {
      if (!(await retryWhileLocked(runtime, Number.POSITIVE_INFINITY, () => this.#begin()))) return
      group = this.#take(mostInGroup)
      assertSameFile()
      results = this.#writer.write(group.map(({ rows }) => rows))
    } catch (error) {
      rollBack(database)
      for (const { reject } of group.length > 0 ? group : this.#take(Number.POSITIVE_INFINITY)) reject(refusal(error, file))
      return
    }
    try {
      this.#commit.run()
    } catch (error) {
      rollBack(database)
      // Those who were refused too: what they were compared with may have gone.
      for (const { reject } of group) reject(new AppendOutcomeUnknown({ store: file, cause: error }))
      return
    }
    group.forEach(({ resolve, reject }, i) => {
      const result = results[i]
      if (result === undefined || 'error' in result) reject(refusal(result?.error, file))
      else resolve(result.positions)
    })
    onAppended()
  }

  /** Takes the file's lock. Those who cannot wait any longer are refused meanwhile; false when nobody is left. */
  #begin(): boolean {
    try {
      // A transaction that could not be rolled back when it failed.
      if (this.#options.database.isTransaction) this.#options.database.exec('ROLLBACK')
      this.#beginImmediate.run()
      return true
    } catch (error) {
      if (isLocked(error)) this.#refuseLate(error)
      if (this.#waiting.length === 0) return false
      throw error
    }
  }

  #refuseLate(cause: unknown): void {
    const now = this.#options.runtime.clock.monotonic()
    const late = this.#waiting.filter(({ deadline }) => deadline <= now)
    if (late.length === 0) return
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    for (const { rows, reject } of late) {
      this.#waitingEvents -= rows.length
      reject(refusal(cause, this.#options.file))
    }
  }

  /** Whole appends, those that have waited longest. */
  #take(mostEvents: number): readonly Waiting[] {
    let count = 0
    let events = 0
    for (const { rows } of this.#waiting) {
      if (count > 0 && events + rows.length > mostEvents) break
      count++
      events += rows.length
    }
    this.#waitingEvents -= events
    return this.#waiting.splice(0, count)
  }
}

function refusal(error: unknown, file: string): TidingsError {
  return mapFileError(error, file) ?? new StoreUnavailable({ store: file, reason: 'it refused to write', cause: error })
}

/** SQLite has rolled back by itself after some errors, a full disk for one. */
function rollBack(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK')
  } catch {
    // Tried again before the next transaction begins.
  }
}
