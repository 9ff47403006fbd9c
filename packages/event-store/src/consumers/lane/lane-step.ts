import type { LedgerTransaction, NewEvent, Position, WorkSpan } from '@tidings/core'
import { runTransaction } from '../../ledger/run-transaction.ts'
import { type Staged, stageEvents } from '../../outbox/stage-events.ts'
import type { LaneContext } from './lane-context.ts'
import { assertHeld, type Lease, LeaseLost, writeLane } from './lease.ts'

/** What a step of the lane changes besides what its work wrote. */
export interface StepResult {
  /** The checkpoint to move to; it stays when missing. */
  readonly checkpoint?: { readonly position: Position; readonly eventId: string }
  readonly staged?: readonly NewEvent[]
}

/**
 * One transaction of the lane's holder: the work's writes, the events it published and the checkpoint take effect together,
 * or not at all when another instance has taken the lane. Afterwards the relay gets the events.
 *
 * @param from The checkpoint that the step starts from.
 * @param span What the step is part of.
 * @throws {LeaseLost} Nothing was written.
 */
export async function laneStep(
  context: LaneContext,
  lease: Lease,
  from: Position,
  work: (tx: LedgerTransaction<unknown>) => Promise<StepResult>,
  span?: WorkSpan,
): Promise<void> {
  const { host, config } = context
  let staged: readonly Staged[] = []
  const step = async (tx: LedgerTransaction<unknown>): Promise<void> => {
    const result = await work(tx)
    const row = await assertHeld(context, lease, tx)
    if (row.position !== from) throw new LeaseLost(config.name)
    staged = await stageEvents(tx, result.staged ?? [], host.runtime)
    await writeLane(context, tx, row, result.checkpoint ?? {})
  }
  await runTransaction(host.ledger, host.runtime, step, undefined, span)
  host.relay.handOver(staged)
}
