import type { LedgerTransaction, Position, StoredEvent } from '@tidings/core'
import { CopyBuffer } from '../../copies/copy-buffer.ts'
import type { CopyDefinition } from '../../copies/copy-definition.ts'
import { composeKey, keysUnder } from '../../ledger/compose-key.ts'
import { runTransaction } from '../../ledger/run-transaction.ts'
import { type CopyRow, getRow, putRow, scanRows } from '../../ledger/tables.ts'
import { decodeEvent } from '../../log/decode-event.ts'
import type { LaneContext } from '../lane/lane-context.ts'
import { laneKey } from '../lane/lease.ts'

const page = 1_000

/** Another build was swapped in first and has removed this one. */
export class BuildOvertaken extends Error {}

/**
 * Swaps a build in, with what the lane has handled since, in one transaction.
 *
 * @returns False when the lane has moved too far on for one transaction.
 * @throws {BuildOvertaken}
 */
export async function swapCopy(
  context: LaneContext,
  copy: CopyDefinition,
  build: string,
  at: Position,
  types: readonly string[],
  wanted: (row: CopyRow | undefined) => boolean,
): Promise<boolean> {
  const { host, config, log } = context
  return runTransaction(host.ledger, host.runtime, async (tx) => {
    const row = await getRow(tx, 'copies', copy.name)
    if (!wanted(row)) {
      await leaveOver(tx, copy, build)
      await tx.remove('copy_builds', [composeKey(copy.name, build)])
      return true
    }
    if ((await getRow(tx, 'copy_builds', composeKey(copy.name, build))) === undefined) throw new BuildOvertaken()
    const lane = await getRow(tx, 'lanes', laneKey(config.name))
    const checkpoint = lane?.position ?? 0
    if (checkpoint > at) {
      const { events, upTo } = await log.read({ after: at, types, limit: page })
      if (upTo < checkpoint) return false
      await feedBuild(
        context,
        tx,
        copy,
        build,
        events.filter(({ position }) => position <= checkpoint),
      )
    }
    // With the lane free and its epoch raised, no holder that knows the old table only can commit any more.
    if (lane !== undefined) await putRow(tx, 'lanes', laneKey(config.name), { ...lane, epoch: lane.epoch + 1, holder: null, until: 0 })
    for (const other of await scanRows(tx, 'copy_builds', { ...keysUnder(copy.name), limit: page })) {
      await tx.remove('copy_builds', [other.key])
      const table = other.key.slice(keysUnder(copy.name).from.length)
      if (table !== build) await leaveOver(tx, copy, table)
    }
    if (row !== undefined) await leaveOver(tx, copy, row.table)
    await putRow(tx, 'copies', copy.name, { definition: copy.digest, table: build, generation: (row?.generation ?? 0) + 1, upTo: null })
    return true
  })
}

/** Leaves a table to be removed later. */
function leaveOver(tx: LedgerTransaction<unknown>, { name }: CopyDefinition, table: string): Promise<void> {
  return putRow(tx, 'copy_leftovers', table, { copy: name })
}

/** Feeds events to a build. */
export async function feedBuild(
  context: LaneContext,
  tx: LedgerTransaction<unknown>,
  copy: CopyDefinition,
  table: string,
  events: readonly StoredEvent[],
): Promise<void> {
  if (events.length === 0) return
  const buffer = new CopyBuffer(copy, table)
  await buffer.load(
    tx,
    events.map(({ key }) => key),
  )
  for (const event of events) {
    const type = context.plan.types.get(event.type)?.type
    if (type !== undefined) buffer.apply(event, await decodeEvent(event, type))
  }
  await buffer.flush(tx)
}
