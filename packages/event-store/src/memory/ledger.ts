import {
  type DatabaseContext,
  type Ledger,
  type LedgerReader,
  type LedgerTransaction,
  type Runtime,
  type ServiceDatabase,
  StoreClosed,
} from '@tidings/core'
import { MemoryDatabase } from './database.ts'
import type { MemoryHandle } from './handle.ts'
import { MemoryTransaction } from './transaction.ts'

/**
 * A database in memory, for tests. Its transactions run side by side and conflict when they write the same row, as those of
 * MongoDB do.
 *
 * @param options.shared The rows, where several instances are to share them. @default rows of its own for each service
 */
export function memory(options: { readonly shared?: MemoryDatabase } = {}): ServiceDatabase<MemoryHandle> {
  return {
    open: async ({ service, runtime }: DatabaseContext) =>
      new MemoryLedger(options.shared ?? new MemoryDatabase(), `memory of ${service}`, runtime),
  }
}

class MemoryLedger implements Ledger<MemoryHandle> {
  readonly capabilities = { durable: false, sharedByProcesses: false, concurrency: 'optimistic', system: 'memory' } as const
  readonly location: string
  readonly #database: MemoryDatabase
  readonly #runtime: Runtime
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(database: MemoryDatabase, location: string, runtime: Runtime) {
    this.#database = database
    this.location = location
    this.#runtime = runtime
  }

  transaction<R>(work: (tx: LedgerTransaction<MemoryHandle>) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(new MemoryTransaction(this.#database, this.location, true), work, signal)
  }

  read<R>(work: (tx: LedgerReader & { readonly db: MemoryHandle }) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return this.#track(new MemoryTransaction(this.#database, this.location, false), work, signal)
  }

  async now(): Promise<number> {
    return this.#runtime.clock.now()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#running])
  }

  async #track<R>(tx: MemoryTransaction, work: (tx: MemoryTransaction) => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
    if (this.#closed) throw new StoreClosed({ store: this.location })
    const running = run(tx, work, signal)
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }
}

async function run<R>(tx: MemoryTransaction, work: (tx: MemoryTransaction) => Promise<R>, signal: AbortSignal | undefined): Promise<R> {
  try {
    signal?.throwIfAborted()
    const result = await work(tx)
    signal?.throwIfAborted()
    tx.commit()
    return result
  } finally {
    tx.end()
  }
}
