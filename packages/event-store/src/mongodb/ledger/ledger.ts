import {
  CommitOutcomeUnknown,
  type Ledger,
  type LedgerReader,
  type LedgerTransaction,
  type Runtime,
  StoreClosed,
  StoreUnavailable,
  TransactionConflict,
} from '@tidings/core'
import { type ClientSession, type Db, type MongoClient, MongoServerError } from 'mongodb'
import { mapReadError } from '../connection/map-error.ts'
import type { MongoConnection } from '../connection/mongo-connection.ts'
import { instancesOf } from './collections.ts'
import { type CollectionDeclarations, makeDeclared } from './declared-collections.ts'
import type { MongodbHandle } from './handle/handle.ts'
import { SessionPool } from './sessions/session-pool.ts'
import { commit } from './transactions/commit.ts'
import { ConflictQueue } from './transactions/conflict-queue.ts'
import { rollBack } from './transactions/roll-back.ts'
import { Statements } from './transactions/statements.ts'
import { MongodbTransaction } from './transactions/transaction.ts'

/** What a ledger is opened with. */
export interface MongodbLedgerOptions {
  readonly connection: MongoConnection
  readonly client: MongoClient
  readonly database: Db
  readonly runtime: Runtime
  readonly collections: CollectionDeclarations
}

const noSuchTransaction = 251

/** The ledger of a service on MongoDB. Transactions run side by side on snapshots, and the first of two that write the same row commits. */
export class MongodbLedger implements Ledger<MongodbHandle> {
  readonly capabilities = { durable: true, sharedByProcesses: true, concurrency: 'optimistic', system: 'mongodb' } as const
  readonly location: string
  readonly #options: MongodbLedgerOptions
  readonly #sessions: SessionPool
  readonly #conflicts: ConflictQueue
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(options: MongodbLedgerOptions) {
    const { connection, client, database, runtime } = options
    this.location = connection.location
    this.#options = options
    this.#conflicts = new ConflictQueue(runtime.clock)
    this.#sessions = new SessionPool(client, database, instancesOf(database), runtime)
  }

  transaction<R>(work: (tx: LedgerTransaction<MongodbHandle>) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(async () => {
      try {
        return await this.#run(true, work, signal)
      } catch (error) {
        if (error instanceof TransactionConflict) await this.#afterConflict(error)
        throw error
      }
    })
  }

  read<R>(work: (tx: LedgerReader & { readonly db: MongodbHandle }) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(async () => {
      try {
        return await this.#run(false, work, signal)
      } catch (error) {
        if (!(error instanceof TransactionConflict || error instanceof CommitOutcomeUnknown)) throw error
        throw new StoreUnavailable({ store: this.location, reason: 'the snapshot was lost before everything was read', cause: error })
      }
    })
  }

  /**
   * Asks the server each time. A difference to the own clock, taken now and then, would be wrong from when the server's clock
   * is set or another server takes over, until it is taken again; and two instances would differ by as long as an answer takes.
   */
  async now(): Promise<number> {
    try {
      const { localTime } = await this.#options.database.command({ hello: 1 })
      return (localTime as Date).getTime()
    } catch (error) {
      throw mapReadError(error, this.location)
    }
  }

  prepare(): Promise<void> {
    return this.#track(() => makeDeclared(this.#options.database, this.#options.collections, this.location))
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#running])
    await this.#sessions.close()
    await this.#options.connection.close()
  }

  async #run<R>(canWrite: boolean, work: (tx: MongodbTransaction) => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
    signal?.throwIfAborted()
    const { connection, database, runtime } = this.#options
    const statements = new Statements({
      location: this.location,
      canWrite,
      signal,
      answered: (call) => connection.answered(call),
      acquire: () => this.#acquire(canWrite),
      beforeWrite: (session) => this.#sessions.beforeWrite(session),
    })
    let outcome: 'committed' | 'conflict' | 'failed' = 'failed'
    try {
      const result = await work(new MongodbTransaction(statements, database, this.location))
      await statements.settle()
      await statements.end()
      if (statements.session !== undefined) await commit(statements.session, connection, runtime)
      outcome = 'committed'
      return result
    } catch (error) {
      if (error instanceof TransactionConflict) outcome = 'conflict'
      throw error
    } finally {
      await statements.end()
      const { session } = statements
      if (session !== undefined) {
        this.#sessions.release(session, outcome === 'committed' || (await rollBack(session, runtime, statements.givenUp)))
        this.#conflicts.end(session, outcome !== 'conflict')
      }
    }
  }

  #acquire(canWrite: boolean): ClientSession {
    const session = this.#sessions.acquire()
    if (canWrite) this.#conflicts.begin(session)
    return session
  }

  async #afterConflict(error: TransactionConflict): Promise<void> {
    if (error.cause instanceof MongoServerError && error.cause.code === noSuchTransaction) this.#sessions.doubt()
    // The conflict is what is told; who cannot look now looks the next time.
    await this.#sessions.endDead(() => this.now()).catch(() => {})
    await this.#conflicts.turn()
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
