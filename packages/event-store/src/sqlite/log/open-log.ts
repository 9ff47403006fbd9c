import type { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '@tidings/core'
import { mapFileError } from '../map-error.ts'
import { openDatabase } from '../open-database.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import { Appender } from './append.ts'
import type { LogSettings } from './options.ts'
import { Reader } from './read.ts'
import { rememberFile } from './same-file.ts'
import { createSchema, identityIn } from './schema.ts'
import { Bell } from './watch-file.ts'

/** The file of a log, opened: one connection that writes and one that reads. */
export class OpenLog {
  readonly id: string
  readonly appender: Appender
  readonly reader: Reader
  /** Throws when the file is no longer the one that was opened. */
  readonly assertSameFile: () => void
  readonly #writing: DatabaseSync
  readonly #reading: DatabaseSync
  readonly #bell: Bell

  private constructor(id: string, writing: DatabaseSync, reading: DatabaseSync, bell: Bell, settings: LogSettings, onAppended: () => void) {
    this.id = id
    this.#writing = writing
    this.#reading = reading
    this.#bell = bell
    const { file, runtime, maxWaiting } = settings
    this.assertSameFile = rememberFile(file)
    this.reader = new Reader(reading, file)
    this.appender = new Appender({
      database: writing,
      file,
      runtime,
      maxWaiting,
      assertSameFile: this.assertSameFile,
      onAppended: () => {
        onAppended()
        bell.ring(runtime.clock.now())
      },
    })
  }

  /**
   * Opens the log, and makes it where there is none.
   *
   * @throws {StoreUnavailable} @throws {StoreDamaged} @throws {FormatUnknown} In all cases nothing is left open.
   */
  static async open(settings: LogSettings, onAppended: () => void): Promise<OpenLog> {
    const { file, runtime, appendTimeoutMs } = settings
    const deadline = runtime.clock.monotonic() + appendTimeoutMs
    const leftMs = (): number => Math.max(0, deadline - runtime.clock.monotonic())
    const opened: Disposable[] = []
    try {
      let id: string | undefined
      // Before the file becomes a write-ahead log: another application's is not to be changed.
      const check = (database: DatabaseSync): void => {
        id = identityIn(database, file)
      }
      const writing = await openDatabase(file, runtime, { timeoutMs: leftMs(), check })
      opened.push({ [Symbol.dispose]: () => writing.close() })
      id ??= await retryWhileLocked(runtime, leftMs(), () => createSchema(writing, file, runtime))
      const reading = await openDatabase(file, runtime, { timeoutMs: leftMs() })
      opened.push({ [Symbol.dispose]: () => reading.close() })
      reading.exec('PRAGMA query_only = ON')
      const bell = new Bell(file)
      opened.push({ [Symbol.dispose]: () => bell.close() })
      return new OpenLog(id, writing, reading, bell, settings, onAppended)
    } catch (error) {
      for (const one of opened) one[Symbol.dispose]()
      throw mapFileError(error, file) ?? new StoreUnavailable({ store: file, reason: 'it could not be opened', cause: error })
    }
  }

  /** Finishes the appends that were taken on, and lets go of the file. */
  async close(): Promise<void> {
    await this.appender.close()
    this.abandon()
  }

  /** Lets go of the file at once, as the end of the process would: what was not committed is rolled back. */
  abandon(): void {
    this.#reading.close()
    this.#writing.close()
    this.#bell.close()
  }
}
