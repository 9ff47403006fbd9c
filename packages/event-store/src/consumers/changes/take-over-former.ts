import type { LedgerTransaction } from '@tidings/core'
import { composeKey, keysUnder } from '../../ledger/compose-key.ts'
import { runTransaction } from '../../ledger/run-transaction.ts'
import { getRow, type LedgerTables, putRow, putRows, scanRows } from '../../ledger/tables.ts'
import { type LaneContext, onlyLane } from '../lane/lane-context.ts'
import { laneKey } from '../lane/lease.ts'

const page = 1_000

/** Gives a renamed consumer everything that its former name had: checkpoint, progress, attempts, parked events and holds. */
export async function takeOverFormer(context: LaneContext): Promise<void> {
  const { host, config } = context
  const former = config.formerly
  if (former === undefined) return
  const moved = await runTransaction(host.ledger, host.runtime, async (tx) => {
    const lane = await getRow(tx, 'lanes', laneKey(former))
    if (lane === undefined || (await getRow(tx, 'lanes', laneKey(config.name))) !== undefined) return false
    await putRow(tx, 'lanes', laneKey(config.name), { ...lane, epoch: lane.epoch + 1, holder: null, until: 0 })
    await tx.remove('lanes', [laneKey(former)])
    const attempts = await getRow(tx, 'attempts', laneKey(former))
    if (attempts !== undefined) await putRow(tx, 'attempts', laneKey(config.name), attempts)
    await tx.remove('attempts', [laneKey(former)])
    for (const table of ['progress', 'attempts', 'parked', 'holds', 'discarded'] as const) await moveRows(tx, table, former, config.name)
    return true
  })
  if (moved) host.runtime.logger.info(`${config.name} took over from its former name ${former}.`)
}

async function moveRows(tx: LedgerTransaction<unknown>, table: keyof LedgerTables, former: string, name: string): Promise<void> {
  const range = keysUnder(former, onlyLane)
  for (;;) {
    const rows = await scanRows(tx, table, { ...range, limit: page })
    await putRows(
      tx,
      table,
      rows.map(({ key, value }) => ({ key: composeKey(name, onlyLane) + key.slice(composeKey(former, onlyLane).length), value })),
    )
    if (rows.length > 0)
      await tx.remove(
        table,
        rows.map(({ key }) => key),
      )
    if (rows.length < page) return
  }
}
