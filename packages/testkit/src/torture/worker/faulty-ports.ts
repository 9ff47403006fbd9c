import type { EventLog, Ledger, LedgerRow, LedgerTransaction, ServiceDatabase } from '@tidings/core'
import type { FaultSwitch } from './fault-switch.ts'

/** A log whose process may die or be stopped before or after each append. */
export function faultyLog(log: EventLog, faults: FaultSwitch): EventLog {
  return {
    capabilities: log.capabilities,
    location: log.location,
    exists: () => log.exists(),
    identity: () => log.identity(),
    append: async (events) => {
      faults.arrive('before-append')
      const positions = await log.append(events)
      faults.arrive('after-append')
      return positions
    },
    read: (query) => log.read(query),
    sealed: () => log.sealed(),
    onAdvance: (ring) => log.onAdvance(ring),
    close: () => log.close(),
  }
}

/** A database whose process may die or be stopped at the points of every transaction. */
export function faultyDatabase<Db>(database: ServiceDatabase<Db>, faults: FaultSwitch): ServiceDatabase<Db> {
  return { open: async (context) => faultyLedger(await database.open(context), faults) }
}

function faultyLedger<Db>(ledger: Ledger<Db>, faults: FaultSwitch): Ledger<Db> {
  return {
    capabilities: ledger.capabilities,
    location: ledger.location,
    transaction: async (work, signal) => {
      const written = new Set<string>()
      const result = await ledger.transaction(async (tx) => {
        const done = await work(faultyTransaction(tx, faults, written))
        if (written.size > 0) faults.arrive('before-commit')
        return done
      }, signal)
      if (written.has('outbox')) faults.arrive('after-commit-of-events')
      if (written.has('lanes')) faults.arrive('after-commit-of-checkpoint')
      return result
    },
    read: (work, signal) => ledger.read(work, signal),
    prepare: async () => ledger.prepare?.(),
    now: () => ledger.now(),
    close: () => ledger.close(),
  }
}

function faultyTransaction<Db>(tx: LedgerTransaction<Db>, faults: FaultSwitch, written: Set<string>): LedgerTransaction<Db> {
  return {
    get db() {
      return tx.db
    },
    get begun() {
      return tx.begun
    },
    get: (table, keys) => tx.get(table, keys),
    scan: (table, range) => tx.scan(table, range),
    put: async (table: string, rows: readonly LedgerRow[]) => {
      written.add(table)
      // What a handler published is staged once it has returned; its checkpoint is written last.
      if (table === 'outbox') faults.arrive('after-handler')
      if (table === 'lanes') faults.arrive('before-checkpoint')
      await tx.put(table, rows)
    },
    remove: async (table, keys) => {
      if (table === 'outbox') faults.arrive('before-removal-of-staged')
      await tx.remove(table, keys)
    },
    drop: (table) => tx.drop(table),
  }
}
