import { type Runtime, StoreClosed } from '@tidings/core'
import { mapFileError } from '../map-error.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import { Connection } from './connection.ts'
import { Queue } from './queue.ts'

/** A query may look and then wait for another service, holding its connection: enough of them, so that others still read. */
const mostReaders = 64
const mostIdle = 4

/** Connections for reading, each lent to one reader at a time, with a snapshot taken. */
export class ReaderPool {
  readonly #location: string
  readonly #runtime: Runtime
  readonly #timeoutMs: number
  readonly #queue = new Queue(mostReaders)
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  #closed = false

  constructor(location: string, runtime: Runtime, timeoutMs: number) {
    this.#location = location
    this.#runtime = runtime
    this.#timeoutMs = timeoutMs
  }

  /** A connection on a snapshot of now, to be given back. @throws {StoreUnavailable} @throws The signal's reason; nothing is held. */
  async acquire(signal: AbortSignal): Promise<Connection> {
    await this.#queue.enter(signal)
    let connection: Connection | undefined
    try {
      connection = this.#idle.pop() ?? (await this.#open())
      const opened = connection
      // Readers of a write-ahead log are locked out only while a process recovers it.
      await retryWhileLocked(this.#runtime, this.#timeoutMs, () => opened.beginRead(), signal)
      return opened
    } catch (error) {
      if (connection !== undefined) this.#drop(connection)
      this.#queue.leave()
      throw mapFileError(error, this.#location) ?? error
    }
  }

  release(connection: Connection): void {
    try {
      connection.rollBack()
      if (connection.isOpen && this.#idle.length < mostIdle) this.#idle.push(connection)
      else this.#drop(connection)
    } catch {
      this.#drop(connection)
    }
    this.#queue.leave()
  }

  close(): void {
    this.#closed = true
    for (const connection of this.#all) connection.close()
    this.#all.clear()
    this.#idle.length = 0
  }

  async #open(): Promise<Connection> {
    if (this.#closed) throw new StoreClosed({ store: this.#location })
    const connection = await Connection.open(this.#location, this.#runtime, 'read')
    if (this.#closed) {
      connection.close()
      throw new StoreClosed({ store: this.#location })
    }
    this.#all.add(connection)
    return connection
  }

  #drop(connection: Connection): void {
    this.#all.delete(connection)
    connection.close()
  }
}
