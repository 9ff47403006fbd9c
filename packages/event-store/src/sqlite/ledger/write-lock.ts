import { type Runtime, StoreClosed } from '@tidings/core'
import { isLocked, mapFileError } from '../map-error.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import { Connection } from './connection.ts'
import { Queue } from './queue.ts'

/** Where write transactions of one process get their connection, one after the other, with the file's lock taken. */
export class WriteLock {
  readonly #location: string
  readonly #runtime: Runtime
  readonly #timeoutMs: number
  readonly #queue = new Queue(1)
  #connection: Connection
  /** Since when another process has held the file's lock, as far as those waiting have seen. */
  #lockedSince: number | undefined
  #closed = false

  constructor(connection: Connection, location: string, runtime: Runtime, timeoutMs: number) {
    this.#connection = connection
    this.#location = location
    this.#runtime = runtime
    this.#timeoutMs = timeoutMs
  }

  /**
   * A connection with a transaction begun, to be given back. Waiting for transactions of this process takes as long as it
   * takes; another process is waited for until it has held the lock for the time allowed, counted from the call: so of many
   * who wait in line none waits the whole time again.
   *
   * @throws {StoreUnavailable} @throws The signal's reason; in both cases nothing is held.
   */
  async acquire(signal: AbortSignal): Promise<Connection> {
    const asked = this.#runtime.clock.monotonic()
    await this.#queue.enter(signal)
    try {
      const connection = await this.#open()
      const leftMs =
        this.#lockedSince === undefined
          ? this.#timeoutMs
          : Math.max(asked, this.#lockedSince) + this.#timeoutMs - this.#runtime.clock.monotonic()
      await retryWhileLocked(this.#runtime, leftMs, () => this.#begin(connection), signal)
      return connection
    } catch (error) {
      this.#queue.leave()
      throw mapFileError(error, this.#location) ?? error
    }
  }

  /** Rolls back what was not committed. */
  release(): void {
    try {
      this.#connection.rollBack()
    } catch {
      // What cannot be rolled back is never used again; the next transaction opens the file anew.
      this.#connection.close()
    }
    this.#queue.leave()
  }

  close(): void {
    this.#closed = true
    this.#connection.close()
  }

  #begin(connection: Connection): void {
    if (this.#closed) throw new StoreClosed({ store: this.#location })
    try {
      connection.begin()
      this.#lockedSince = undefined
    } catch (error) {
      if (isLocked(error)) this.#lockedSince ??= this.#runtime.clock.monotonic()
      throw error
    }
  }

  async #open(): Promise<Connection> {
    if (this.#closed) throw new StoreClosed({ store: this.#location })
    if (!this.#connection.isOpen) this.#connection = await Connection.open(this.#location, this.#runtime, 'write')
    return this.#connection
  }
}
