import type { LedgerReader, LedgerTransaction } from '@tidings/core'
import { composeKey } from '../../ledger/compose-key.ts'
import { runTransaction } from '../../ledger/run-transaction.ts'
import { getRow, type LaneRow, putRow } from '../../ledger/tables.ts'
import { type LaneContext, onlyLane } from './lane-context.ts'

/** Another instance has taken the lane over. Nothing was written; it goes on there. */
export class LeaseLost extends Error {
  constructor(consumer: string) {
    super(`The lane of ${consumer} was taken over by another instance.`)
    this.name = 'LeaseLost'
  }
}

/** The right to work on a lane, until another one takes it with a higher epoch. */
export interface Lease {
  readonly epoch: number
  /** The lane as it was when the lease was taken. */
  readonly row: LaneRow
  /** True when the holder before did not let go of it. */
  readonly afterDeath: boolean
  /** True when the holder before died where one before it had died too: an event there may be what kills. */
  readonly isSuspect: boolean
  /** How long the lane had given no sign of life, in milliseconds by the database's clock. */
  readonly silentMs: number
}

/** The key of a lane's rows. */
export function laneKey(consumer: string): string {
  return composeKey(consumer, onlyLane)
}

/** The lane's row, with its lease as the holder's last sign of life left it. */
export async function lookUpLane(reader: LedgerReader, consumer: string): Promise<LaneRow | undefined> {
  const row = await getRow(reader, 'lanes', laneKey(consumer))
  const sign = await getRow(reader, 'lane_signs', laneKey(consumer))
  if (row === undefined || row.holder === null || sign?.epoch !== row.epoch) return row
  return { ...row, until: Math.max(row.until, sign.until), updatedAt: Math.max(row.updatedAt, sign.at) }
}

/** Whether the lane may be taken now. */
export function isFree(context: LaneContext, row: LaneRow | undefined, now: number): boolean {
  if (row === undefined || row.holder === null || row.until <= now) return true
  return row.holder.instance === context.holder.instance || context.isGone(row.holder)
}

/** Takes the lane if it is free, or whoever holds it when `force` says so. */
export async function takeLease(context: LaneContext, force = false): Promise<Lease | undefined> {
  const { host, config, holder, logId } = context
  const key = laneKey(config.name)
  return runTransaction(host.ledger, host.runtime, async (tx) => {
    const found = await lookUpLane(tx, config.name)
    const now = await host.ledger.now()
    if (!force && !isFree(context, found, now)) return undefined
    const afterDeath = !force && found !== undefined && found.holder !== null
    const diedAt = afterDeath ? found.position : found?.diedAt
    const row: LaneRow = {
      logId,
      position: found?.position ?? 0,
      eventId: found?.eventId ?? null,
      epoch: (found?.epoch ?? 0) + 1,
      holder,
      until: now + config.leaseMs,
      updatedAt: now,
      ...(diedAt === undefined ? {} : { diedAt }),
    }
    await putRow(tx, 'lanes', key, row)
    return {
      epoch: row.epoch,
      row: found ?? row,
      afterDeath,
      isSuspect: afterDeath && found.diedAt === found.position,
      silentMs: found === undefined ? 0 : Math.max(0, now - found.updatedAt),
    }
  })
}

/**
 * The lane's row inside a transaction that is to write.
 *
 * @throws {LeaseLost} Another instance holds the lane: the transaction must not commit.
 */
export async function assertHeld(context: LaneContext, lease: Lease, tx: LedgerTransaction<unknown>): Promise<LaneRow> {
  const row = await getRow(tx, 'lanes', laneKey(context.config.name))
  if (row === undefined || row.epoch !== lease.epoch) throw new LeaseLost(context.config.name)
  return row
}

/**
 * Writes the lane's row, and with it a new sign of life. Every transaction of the holder that does work does so: it is what
 * makes a holder that was paused and its successor meet on one row.
 */
export async function writeLane(
  context: LaneContext,
  tx: LedgerTransaction<unknown>,
  row: LaneRow,
  change: Partial<Pick<LaneRow, 'position' | 'eventId'>> = {},
): Promise<void> {
  const now = await context.host.ledger.now()
  await putRow(tx, 'lanes', laneKey(context.config.name), { ...row, ...change, until: now + context.config.leaseMs, updatedAt: now })
}

/**
 * Gives signs of life until aborted, so that a step may take longer than the lease.
 *
 * @throws {LeaseLost}
 */
export async function beat(context: LaneContext, lease: Lease, signal: AbortSignal): Promise<void> {
  const { host, config } = context
  for (;;) {
    try {
      await host.runtime.clock.sleep(config.leaseMs / 3, signal)
    } catch {
      return
    }
    await runTransaction(host.ledger, host.runtime, async (tx) => {
      await assertHeld(context, lease, tx)
      const at = await host.ledger.now()
      await putRow(tx, 'lane_signs', laneKey(config.name), { epoch: lease.epoch, until: at + config.leaseMs, at })
    })
  }
}

/** Lets go of the lane, so that another instance can take it at once. Does nothing when it is lost already. */
export async function releaseLease(context: LaneContext, lease: Lease): Promise<void> {
  const key = laneKey(context.config.name)
  await runTransaction(context.host.ledger, context.host.runtime, async (tx) => {
    const row = await getRow(tx, 'lanes', key)
    if (row?.epoch === lease.epoch)
      await putRow(tx, 'lanes', key, { ...row, holder: null, until: 0, updatedAt: await context.host.ledger.now() })
  })
}
