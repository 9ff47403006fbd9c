import { FormatUnknown, type Ledger, type Runtime } from '@tidings/core'
import { DatabaseOwnedByAnother } from './database-owned-by-another.ts'
import { LogDiverged } from './log-diverged.ts'
import { runTransaction } from './run-transaction.ts'
import { getRow, ledgerFormat, putRow } from './tables.ts'

/**
 * Writes the service's name and the log's id into a new database, or checks those that stand there.
 *
 * @throws {DatabaseOwnedByAnother} It belongs to another service.
 * @throws {LogDiverged} It was fed from another log.
 * @throws {FormatUnknown} A newer release wrote it.
 */
export async function claimOwner(ledger: Ledger, runtime: Runtime, service: string, logId: string): Promise<void> {
  await runTransaction(ledger, runtime, async (tx) => {
    const owner = await getRow(tx, 'meta', 'owner')
    if (owner === undefined) {
      await putRow(tx, 'meta', 'owner', { format: ledgerFormat, service, logId })
      return
    }
    if (owner.service !== service) throw new DatabaseOwnedByAnother({ database: ledger.location, service, owner: owner.service })
    if (owner.format > ledgerFormat) throw new FormatUnknown({ store: ledger.location, found: owner.format, known: ledgerFormat })
    if (owner.logId !== logId) {
      throw new LogDiverged({
        service,
        database: ledger.location,
        found: `the database was fed from log ${owner.logId}, this is log ${logId}`,
        position: 0,
      })
    }
  })
}
