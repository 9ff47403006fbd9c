import { CommitOutcomeUnknown, type Ledger, type ServiceDatabase, StoreUnavailable, TransactionConflict } from '@tidings/core'
import type { SimulatedProcess } from './simulated-process.ts'
import { simulatedHandle, simulatedReads, simulatedTransaction, TransactionFaults } from './simulated-transaction.ts'

/** Rolls back a transaction whose process is told that nobody knows. */
class NeverCommitted extends Error {}

/** A service's database as one logical process sees it: every call may be where the process stops or dies. */
export function simulatedDatabase<Db>(database: ServiceDatabase<Db>, process: SimulatedProcess): ServiceDatabase<Db> {
  return {
    open: async (context) => {
      await process.gate()
      return simulatedLedger(await database.open(context), process)
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
      const { rates } = process.weather
      if (process.happens(rates.conflict)) throw new TransactionConflict({ database: ledger.location })
      const isUnknown = process.happens(rates.unknown)
      const isCommitted = process.next() < 0.5
      const faults = new TransactionFaults(ledger.location, process)
      try {
        const result = await ledger.transaction(async (tx) => {
          const done = await work(simulatedTransaction(tx, process, faults))
          await process.gate()
          faults.beforeCommit()
          if (isUnknown && !isCommitted && faults.hasWritten) throw new NeverCommitted()
          return done
        }, signal)
        await process.gate()
        if (isUnknown && faults.hasWritten) throw new CommitOutcomeUnknown({ database: ledger.location })
        return result
      } catch (error) {
        if (error instanceof NeverCommitted) throw new CommitOutcomeUnknown({ database: ledger.location })
        throw error
      }
    },
    read: async (work, signal) => {
      await process.gate()
      unavailable()
      const faults = new TransactionFaults(ledger.location, process)
      const result = await ledger.read(
        (tx) => work({ ...simulatedReads(tx, process, faults), db: simulatedHandle(tx.db, process, faults) }),
        signal,
      )
      await process.gate()
      return result
    },
    prepare: async () => {
      await process.gate()
      return ledger.prepare?.()
    },
    now: async () => {
      await process.gate()
      return ledger.now()
    },
    close: () => ledger.close(),
  }
}
