import { type LedgerReader, type LedgerTransaction, StoreUnavailable, TransactionConflict } from '@tidings/core'
import type { SimulatedProcess } from './simulated-process.ts'

/** What goes wrong inside one transaction. Once anything has, nothing of it commits, whatever its work makes of the error. */
export class TransactionFaults {
  readonly #location: string
  readonly #process: SimulatedProcess
  #failure: Error | undefined
  #hasWritten = false

  constructor(location: string, process: SimulatedProcess) {
    this.#location = location
    this.#process = process
  }

  /** Whether the transaction has written rows of the ledger; without any, its commit cannot be in doubt. */
  get hasWritten(): boolean {
    return this.#hasWritten
  }

  /** Stands before each call. */
  beforeUse(): void {
    if (this.#process.happens(this.#process.weather.rates.broken))
      this.#failure ??= new StoreUnavailable({ store: this.#location, reason: 'the connection broke in the simulation' })
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Stands at each write of rows: another transaction may have written one of them. */
  beforeWrite(): void {
    this.afterStatement()
    this.#hasWritten = true
  }

  /** Stands behind each call of a handler's, which may have written. */
  afterStatement(): void {
    if (this.#process.happens(this.#process.weather.rates.conflict)) this.#failure ??= new TransactionConflict({ database: this.#location })
    this.beforeUse()
  }

  beforeCommit(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** Reads inside a transaction. */
export function simulatedReads(tx: LedgerReader, process: SimulatedProcess, faults: TransactionFaults): LedgerReader {
  return {
    get: async (table, keys) => {
      await process.gate()
      faults.beforeUse()
      return tx.get(table, keys)
    },
    scan: async (table, range) => {
      await process.gate()
      faults.beforeUse()
      return tx.scan(table, range)
    },
  }
}

/** A transaction as one logical process sees it. */
export function simulatedTransaction<Db>(
  tx: LedgerTransaction<Db>,
  process: SimulatedProcess,
  faults: TransactionFaults,
): LedgerTransaction<Db> {
  let db: Db | undefined
  return {
    ...simulatedReads(tx, process, faults),
    get db() {
      db ??= simulatedHandle(tx.db, process, faults)
      return db
    },
    get begun() {
      return tx.begun
    },
    put: async (table, rows) => {
      await process.gate()
      faults.beforeWrite()
      await tx.put(table, rows)
    },
    remove: async (table, keys) => {
      await process.gate()
      faults.beforeWrite()
      await tx.remove(table, keys)
    },
    drop: async (table) => {
      await process.gate()
      faults.beforeWrite()
      await tx.drop(table)
    },
  }
}

/** Handles are objects of asynchronous methods. */
export function simulatedHandle<Db>(handle: Db, process: SimulatedProcess, faults: TransactionFaults): Db {
  if (typeof handle !== 'object' || handle === null) return handle
  return new Proxy(handle, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      return async (...values: unknown[]): Promise<unknown> => {
        // Begins before the wait: from its first call on, the transaction is the handler's.
        const result: unknown = Reflect.apply(member, target, values)
        const value = await result
        await process.gate()
        faults.afterStatement()
        return value
      }
    },
  })
}
