import { CommitOutcomeUnknown, type Ledger, type LedgerTransaction, type ServiceDatabase } from '@tidings/core'
import type { WrittenRow } from './committed-changes.ts'
import { inTransaction, type Recording } from './recording.ts'

/** A service's database, with every transaction recorded that changes something a history tells of. */
export function recordedDatabase<Db>(database: ServiceDatabase<Db>, process: string, recording: Recording): ServiceDatabase<Db> {
  return { open: async (context) => recordedLedger(await database.open(context), context.service, process, recording) }
}

function recordedLedger<Db>(ledger: Ledger<Db>, service: string, process: string, recording: Recording): Ledger<Db> {
  return {
    capabilities: ledger.capabilities,
    location: ledger.location,
    transaction: (work, signal) =>
      inTransaction(async (notes) => {
        const rows: WrittenRow[] = []
        let settled = (_isCommitted: boolean): void => {}
        try {
          const result = await ledger.transaction(async (tx) => {
            const done = await work(recordedTransaction(tx, rows))
            if (notes.length > 0 || rows.length > 0) settled = await recording.commits({ service, process, notes, rows, tx })
            return done
          }, signal)
          settled(true)
          return result
        } catch (error) {
          // Of an unknown outcome nothing can be said here.
          if (!(error instanceof CommitOutcomeUnknown)) settled(false)
          throw error
        }
      }),
    read: (work, signal) => ledger.read(work, signal),
    prepare: async () => ledger.prepare?.(),
    now: () => ledger.now(),
    close: () => ledger.close(),
  }
}

function recordedTransaction<Db>(tx: LedgerTransaction<Db>, rows: WrittenRow[]): LedgerTransaction<Db> {
  return {
    get db() {
      return tx.db
    },
    get begun() {
      return tx.begun
    },
    get: (table, keys) => tx.get(table, keys),
    scan: (table, range) => tx.scan(table, range),
    put: async (table, written) => {
      await tx.put(table, written)
      for (const { key, value } of written) rows.push({ table, key, value })
    },
    remove: async (table, keys) => {
      await tx.remove(table, keys)
      for (const key of keys) rows.push({ table, key, value: undefined })
    },
    drop: (table) => tx.drop(table),
  }
}
