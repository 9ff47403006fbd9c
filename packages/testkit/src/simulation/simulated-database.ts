import {
  CommitOutcomeUnknown,
  type Ledger,
  type LedgerReader,
  type LedgerTransaction,
  type ServiceDatabase,
  StoreUnavailable,
  TransactionConflict,
} from '@tidings/core'
import type { SimulatedProcess } from './simulated-process.ts'

/** A service's database as one logical process sees it: every call may be where the process stops or dies. */
export function simulatedDatabase<Db>(database: ServiceDatabase<Db>, process: SimulatedProcess): ServiceDatabase<Db> {
  return {
    open: async (context) => {
      const ledger = await database.open(context)
      return simulatedLedger(ledger, process)
    },
  }
}

function simulatedLedger<Db>(ledger: Ledger<Db>, process: SimulatedProcess): Ledger<Db> {
  const unavailable = (): void => {
    if (process.happens(process.weather.rates.unavailable))
      throw new StoreUnavailable({ store: ledger.location, reason: 'the simulation says so' })
  }
  return {
    capabilities: ledger.capabilities,
    location: ledger.location,
    transaction: async (work, signal) => {
      await process.gate()
      unavailable()
      if (process.happens(process.weather.rates.conflict)) throw new TransactionConflict({ database: ledger.location })
      const isUnknown = process.happens(process.weather.rates.unknown)
      let hasWritten = false
      const result = await ledger.transaction(async (tx) => {
        const onWrite = (): void => {
          hasWritten = true
        }
        const done = await work(simulatedTransaction(tx, process, onWrite))
        await process.gate()
        return done
      }, signal)
      await process.gate()
      if (hasWritten && isUnknown) throw new CommitOutcomeUnknown({ database: ledger.location })
      return result
    },
    read: async (work, signal) => {
      await process.gate()
      unavailable()
      const result = await ledger.read((tx) => work({ ...simulatedReads(tx, process), db: simulatedHandle(tx.db, process) }), signal)
      await process.gate()
      return result
    },
    prepare: async () => ledger.prepare?.(),
    now: () => ledger.now(),
    close: () => ledger.close(),
  }
}

function simulatedReads(tx: LedgerReader, process: SimulatedProcess): LedgerReader {
  return {
    get: async (table, keys) => {
      await process.gate()
      return tx.get(table, keys)
    },
    scan: async (table, range) => {
      await process.gate()
      return tx.scan(table, range)
    },
  }
}

function simulatedTransaction<Db>(tx: LedgerTransaction<Db>, process: SimulatedProcess, onWrite: () => void): LedgerTransaction<Db> {
  let db: Db | undefined
  return {
    ...simulatedReads(tx, process),
    get db() {
      db ??= simulatedHandle(tx.db, process)
      return db
    },
    get begun() {
      return tx.begun
    },
    put: async (table, rows) => {
      await process.gate()
      await tx.put(table, rows)
      onWrite()
    },
    remove: async (table, keys) => {
      await process.gate()
      await tx.remove(table, keys)
      onWrite()
    },
    drop: async (table) => {
      await process.gate()
      await tx.drop(table)
    },
  }
}

/** Handles are objects of asynchronous methods. */
function simulatedHandle<Db>(handle: Db, process: SimulatedProcess): Db {
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
        return value
      }
    },
  })
}
