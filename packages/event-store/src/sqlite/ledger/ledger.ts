import {
  CommitOutcomeUnknown,
  type Ledger,
  type LedgerReader,
  type LedgerTransaction,
  type Runtime,
  StoreClosed,
  StoreUnavailable,
} from '@tidings/core'
import { mapFileError } from '../map-error.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import { Connection } from './connection.ts'
import type { SqliteHandle } from './handle.ts'
import { migrate } from './migrate.ts'
import { Queue } from './queue.ts'
import { SqliteTransaction } from './transaction.ts'

const readConnections = 4

/** The ledger of a service on SQLite. Write transactions queue for one connection; reads have others and wait for no writer. */
export class SqliteLedger implements Ledger<SqliteHandle> {
  readonly capabilities = { durable: true, sharedByProcesses: true, concurrency: 'serial' } as const
  readonly location: string
  readonly #runtime: Runtime
  readonly #lockTimeoutMs: number
  readonly #migrations: readonly string[]
  readonly #writer: Connection
  readonly #writes = new Queue(1)
  readonly #reads = new Queue(readConnections)
  readonly #readers: Connection[] = []
  readonly #idle: Connection[] = []
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(file: string, runtime: Runtime, writer: Connection, lockTimeoutMs: number, migrations: readonly string[]) {
    this.location = file
    this.#runtime = runtime
    this.#writer = writer
    this.#lockTimeoutMs = lockTimeoutMs
    this.#migrations = migrations
  }

  transaction<R>(work: (tx: LedgerTransaction<SqliteHandle>) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(() => this.#write(work, signal))
  }

  read<R>(work: (tx: LedgerReader & { readonly db: SqliteHandle }) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(() => this.#read(work, signal))
  }

  async prepare(): Promise<void> {
    const leave = await this.#writes.enter()
    try {
      await retryWhileLocked(this.#runtime, this.#lockTimeoutMs, () => migrate(this.#writer, this.location, this.#migrations))
    } finally {
      leave()
    }
  }

  async now(): Promise<number> {
    return this.#runtime.clock.now()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#running])
    this.abandon()
  }

  /** Lets go of the file at once, as the end of the process would: open transactions are rolled back. */
  abandon(): void {
    this.#closed = true
    for (const connection of [this.#writer, ...this.#readers]) {
      connection.rollBack()
      connection.close()
    }
  }

  async #write<R>(work: (tx: LedgerTransaction<SqliteHandle>) => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
    signal?.throwIfAborted()
    let leave: (() => void) | undefined
    const tx = new SqliteTransaction(this.location, 'The transaction', async () => {
      leave = await this.#writes.enter()
      await this.#begin(this.#writer, 'BEGIN IMMEDIATE', signal)
      return this.#writer
    })
    try {
      const result = await work(tx)
      tx.end()
      const connection = await tx.connection
      signal?.throwIfAborted()
      if (connection === undefined) return result
      this.#commit(connection)
      return result
    } catch (error) {
      tx.end()
      // A begin that still waits must be over before its place in the queue is given to the next.
      const connection = await tx.connection?.catch(() => undefined)
      connection?.rollBack()
      throw error
    } finally {
      leave?.()
    }
  }

  async #read<R>(work: (tx: LedgerReader & { readonly db: SqliteHandle }) => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
    signal?.throwIfAborted()
    let leave: (() => void) | undefined
    const tx = new SqliteTransaction(this.location, 'The query', async () => {
      leave = await this.#reads.enter()
      const connection = await this.#reader()
      await this.#begin(connection, 'BEGIN', signal).catch((error: unknown) => {
        this.#idle.push(connection)
        throw error
      })
      return connection
    })
    try {
      return await work(tx)
    } finally {
      tx.end()
      const connection = await tx.connection?.catch(() => undefined)
      if (connection !== undefined) {
        connection.rollBack()
        this.#idle.push(connection)
      }
      leave?.()
    }
  }

  async #reader(): Promise<Connection> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    const opened = await Connection.open(this.location, this.#runtime, 'read')
    this.#readers.push(opened)
    return opened
  }

  async #begin(connection: Connection, sql: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await retryWhileLocked(this.#runtime, this.#lockTimeoutMs, () => connection.database.exec(sql), signal)
    } catch (error) {
      throw mapFileError(error, this.location) ?? error
    }
  }

  #commit(connection: Connection): void {
    // After a full disk, say, SQLite has rolled back by itself; what came later must not count as written.
    if (!connection.database.isTransaction)
      throw new StoreUnavailable({ store: this.location, reason: 'the transaction was ended by SQLite after an error' })
    try {
      connection.database.exec('COMMIT')
    } catch (error) {
      if (!connection.database.isTransaction) throw new CommitOutcomeUnknown({ database: this.location, cause: error })
      connection.rollBack()
      throw (
        mapFileError(error, this.location) ?? new StoreUnavailable({ store: this.location, reason: 'it refused to commit', cause: error })
      )
    }
  }

  async #track<R>(work: () => Promise<R>): Promise<R> {
    if (this.#closed) throw new StoreClosed({ store: this.location })
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }
}
