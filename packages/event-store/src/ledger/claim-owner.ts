import { FormatUnknown, type Ledger, type LedgerReader, type Runtime } from '@tidings/core'
import { DatabaseOwnedByAnother } from './database-owned-by-another.ts'
import { describeOtherLog } from './find-divergence.ts'
import { LogDiverged } from './log-diverged.ts'
import { runTransaction } from './run-transaction.ts'
import { getRow, ledgerFormat, type OwnerRow, putRow } from './tables.ts'

/**
 * Who the database belongs to; undefined where it is new.
 *
 * @throws {DatabaseOwnedByAnother} It belongs to another service.
 * @throws {FormatUnknown} A newer release wrote it.
 */
export async function readOwner(ledger: Ledger, reader: LedgerReader, service: string): Promise<OwnerRow | undefined> {
  const owner = await getRow(reader, 'meta', 'owner')
  if (owner === undefined) return undefined
  if (owner.service !== service) throw new DatabaseOwnedByAnother({ database: ledger.location, service, owner: owner.service })
  if (owner.format > ledgerFormat) throw new FormatUnknown({ store: ledger.location, found: owner.format, known: ledgerFormat })
  return owner
}

/**
 * Writes the service's name and the log's id into a new database, or checks those that stand there.
 *
 * @throws {DatabaseOwnedByAnother} @throws {FormatUnknown}
 * @throws {LogDiverged} It was fed from another log.
 */
export async function claimOwner(
  ledger: Ledger,
  runtime: Runtime,
  service: string,
  log: { readonly id: string; readonly location: string },
): Promise<void> {
  await runTransaction(ledger, runtime, async (tx) => {
    const owner = await readOwner(ledger, tx, service)
    if (owner === undefined) await putRow(tx, 'meta', 'owner', { format: ledgerFormat, service, logId: log.id })
    else if (owner.logId !== log.id) {
      const found = describeOtherLog(owner.logId, 0, `this is log ${log.id}`)
      throw new LogDiverged({ log: log.location, divergences: [{ service, database: ledger.location, position: 0, found }] })
    }
  })
}
