import {
  CommitOutcomeUnknown,
  type Ledger,
  type LedgerReader,
  type LedgerTransaction,
  type Runtime,
  StoreClosed,
  StoreUnavailable,
} from '@tidings/core'
import { resultCode } from '../map-error.ts'
import type { Connection } from './connection.ts'
import { migrate } from './migrate.ts'
import { ReaderPool } from './reader-pool.ts'
import { CheckedStatements } from './statements/checked-statements.ts'
import type { SqliteHandle } from './statements/handle.ts'
import { statementError } from './statements/statement-error.ts'
import { SqliteTransaction } from './transaction.ts'
import { WriteLock } from './write-lock.ts'

/** What a ledger is opened with. */
export interface SqliteLedgerOptions {
  /** The file's whole path. */
  readonly location: string
  readonly runtime: Runtime
  readonly writer: Connection
  readonly lockTimeoutMs: number
  readonly migrations: readonly string[]
}

/** Where a transaction's connection comes from and goes back to. */
interface Source {
  acquire(signal: AbortSignal): Promise<Connection>
  release(connection: Connection): void
}

const diskFull = 13

/** The ledger of a service on SQLite. Write transactions queue for one connection; reads have others and wait for no writer. */
export class SqliteLedger implements Ledger<SqliteHandle> {
  readonly capabilities = { durable: true, sharedByProcesses: true, concurrency: 'serial', system: 'sqlite' } as const
  readonly location: string
  readonly #runtime: Runtime
  readonly #migrations: readonly string[]
  readonly #writes: WriteLock
  readonly #reads: ReaderPool
  readonly #checks = new CheckedStatements()
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor({ location, runtime, writer, lockTimeoutMs, migrations }: SqliteLedgerOptions) {
    this.location = location
    this.#runtime = runtime
    this.#migrations = migrations
    this.#writes = new WriteLock(writer, location, runtime, lockTimeoutMs)
    this.#reads = new ReaderPool(location, runtime, lockTimeoutMs)
  }

  transaction<R>(work: (tx: LedgerTransaction<SqliteHandle>) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(() => this.#run(this.#writes, true, work, signal))
  }

  read<R>(work: (tx: LedgerReader & { readonly db: SqliteHandle }) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(() => this.#run(this.#reads, false, work, signal))
  }

  async now(): Promise<number> {
    return this.#runtime.clock.now()
  }

  async prepare(): Promise<void> {
    await this.#track(async () => {
      const connection = await this.#writes.acquire(new AbortController().signal)
      try {
        migrate(connection, this.location, this.#migrations)
        this.#commit(connection)
      } finally {
        this.#writes.release()
      }
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#running])
    this.abandon()
  }

  /** Lets go of the file at once, as the end of the process would: open transactions are rolled back. */
  abandon(): void {
    this.#closed = true
    this.#writes.close()
    this.#reads.close()
  }

  async #run<R>(
    source: Source,
    canWrite: boolean,
    work: (tx: SqliteTransaction) => Promise<R>,
    signal: AbortSignal | undefined,
  ): Promise<R> {
    signal?.throwIfAborted()
    const tx = new SqliteTransaction({ location: this.location, canWrite, checks: this.#checks, acquire: (given) => source.acquire(given) })
    const giveUp = (): void => tx.abort(signal?.reason)
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      const result = await work(tx)
      await tx.settle()
      signal?.throwIfAborted()
      tx.end()
      if (canWrite && tx.connection !== undefined) this.#commit(tx.connection)
      return result
    } finally {
      signal?.removeEventListener('abort', giveUp)
      tx.end()
      await tx.begunOrNot()
      if (tx.connection !== undefined) source.release(tx.connection)
    }
  }

  /** All or nothing, and known which: but for a failure of the disk in the middle of it. */
  #commit(connection: Connection): void {
    if (!connection.isOpen) throw new StoreClosed({ store: this.location })
    if (!connection.inTransaction) throw new StoreUnavailable({ store: this.location, reason: 'SQLite has ended the transaction' })
    try {
      connection.commit()
    } catch (error) {
      // SQLite refused and waits for a decision, or could not write its log to the end, which then counts for nothing.
      if (connection.inTransaction || resultCode(error) === diskFull) throw statementError(error, this.location)
      throw new CommitOutcomeUnknown({ database: this.location, cause: error })
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
