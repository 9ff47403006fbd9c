import type { EventLog, Ledger, LedgerRow, LedgerTransaction, ServiceDatabase } from '@tidings/core'
import type { KillSwitch } from './kill-points.ts'

/** A log whose process may die before or after each append. */
export function killingLog(log: EventLog, kill: KillSwitch): EventLog {
  return {
    capabilities: log.capabilities,
    location: log.location,
    exists: () => log.exists(),
    identity: () => log.identity(),
    append: async (events) => {
      kill.arrive('before-append')
      const positions = await log.append(events)
      kill.arrive('after-append')
      return positions
    },
    read: (query) => log.read(query),
    sealed: () => log.sealed(),
    onAdvance: (ring) => log.onAdvance(ring),
    close: () => log.close(),
  }
}

/** A database whose process may die at the points of every transaction. */
export function killingDatabase<Db>(database: ServiceDatabase<Db>, kill: KillSwitch): ServiceDatabase<Db> {
  return { open: async (context) => killingLedger(await database.open(context), kill) }
}

function killingLedger<Db>(ledger: Ledger<Db>, kill: KillSwitch): Ledger<Db> {
  return {
    capabilities: ledger.capabilities,
    location: ledger.location,
    transaction: async (work, signal) => {
      const written = new Set<string>()
      const result = await ledger.transaction(async (tx) => {
        const done = await work(killingTransaction(tx, kill, written))
        if (written.size > 0) kill.arrive('before-commit')
        return done
      }, signal)
      if (written.has('outbox')) kill.arrive('after-commit-of-events')
      if (written.has('lanes')) kill.arrive('after-commit-of-checkpoint')
      return result
    },
    read: (work, signal) => ledger.read(work, signal),
    prepare: async () => ledger.prepare?.(),
    now: () => ledger.now(),
    close: () => ledger.close(),
  }
}

function killingTransaction<Db>(tx: LedgerTransaction<Db>, kill: KillSwitch, written: Set<string>): LedgerTransaction<Db> {
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
      if (table === 'outbox') kill.arrive('after-handler')
      if (table === 'lanes') kill.arrive('before-checkpoint')
      await tx.put(table, rows)
    },
    remove: async (table, keys) => {
      if (table === 'outbox') kill.arrive('before-removal-of-staged')
      await tx.remove(table, keys)
    },
    drop: (table) => tx.drop(table),
  }
}
