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
import { commit } from './commit.ts'
import { type CollectionDeclarations, makeDeclared } from './declared-collections.ts'
import type { MongodbHandle } from './handle/handle.ts'
import { rollBack } from './roll-back.ts'
import { SessionPool } from './sessions/session-pool.ts'
import { MongodbTransaction } from './transaction.ts'

/** What a ledger is opened with. */
export interface MongodbLedgerOptions {
  readonly connection: MongoConnection
  readonly client: MongoClient
  readonly database: Db
  readonly runtime: Runtime
  readonly collections: CollectionDeclarations
}

/** Where a transaction's session comes from and goes back to. */
interface Source {
  acquire(): Promise<ClientSession>
  /** @param ended Whether the transaction is known to have ended on the server. */
  release(session: ClientSession, ended: boolean): void
}

const noSuchTransaction = 251

/** The ledger of a service on MongoDB. Transactions run side by side on snapshots, and the first of two that write the same row commits. */
export class MongodbLedger implements Ledger<MongodbHandle> {
  readonly capabilities = { durable: true, sharedByProcesses: true, concurrency: 'optimistic' } as const
  readonly location: string
  readonly #options: MongodbLedgerOptions
  readonly #writes: SessionPool
  readonly #reads: Source
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(options: MongodbLedgerOptions) {
    const { connection, client, database, runtime } = options
    this.location = connection.location
    this.#options = options
    this.#writes = new SessionPool(client, database, instancesOf(database), runtime)
    // Nothing that only reads is in anybody's way: these sessions need no record.
    this.#reads = {
      acquire: async () => client.startSession({ causalConsistency: false }),
      release: (session) => void session.endSession(),
    }
  }

  transaction<R>(work: (tx: LedgerTransaction<MongodbHandle>) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(async () => {
      try {
        return await this.#run(this.#writes, true, work, signal)
      } catch (error) {
        if (error instanceof TransactionConflict) await this.#afterConflict(error)
        throw error
      }
    })
  }

  read<R>(work: (tx: LedgerReader & { readonly db: MongodbHandle }) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(async () => {
      try {
        return await this.#run(this.#reads, false, work, signal)
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
    await this.#writes.close()
    await this.#options.connection.close()
  }

  async #run<R>(
    source: Source,
    canWrite: boolean,
    work: (tx: MongodbTransaction) => Promise<R>,
    signal: AbortSignal | undefined,
  ): Promise<R> {
    signal?.throwIfAborted()
    const { connection, database, runtime } = this.#options
    const tx = new MongodbTransaction({
      location: this.location,
      canWrite,
      database,
      acquire: () => source.acquire(),
      answered: (call) => connection.answered(call),
    })
    const giveUp = (): void => tx.abort(signal?.reason)
    signal?.addEventListener('abort', giveUp, { once: true })
    let isCommitted = false
    try {
      const result = await work(tx)
      await tx.settle()
      signal?.throwIfAborted()
      await tx.end()
      const session = await tx.session()
      if (session !== undefined) await commit(session, this.location, runtime)
      isCommitted = true
      return result
    } finally {
      signal?.removeEventListener('abort', giveUp)
      await tx.end()
      const session = await tx.session()
      if (session !== undefined) source.release(session, isCommitted || (await rollBack(session, runtime)))
    }
  }

  async #afterConflict(error: TransactionConflict): Promise<void> {
    if (error.cause instanceof MongoServerError && error.cause.code === noSuchTransaction) this.#writes.doubt()
    // The conflict is what is told; who cannot look now looks the next time.
    await this.#writes.endDead(() => this.now()).catch(() => {})
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
