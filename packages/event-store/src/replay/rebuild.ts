import { DefinitionInvalid } from '@tidings/core'
import { buildCopy } from '../consumers/changes/build-copy.ts'
import { clearLeftovers } from '../consumers/changes/clear-leftovers.ts'
import { progressKey } from '../consumers/changes/progress.ts'
import type { LaneContext } from '../consumers/lane/lane-context.ts'
import { laneKey } from '../consumers/lane/lease.ts'
import { runTransaction } from '../ledger/run-transaction.ts'
import { getRow, putRow } from '../ledger/tables.ts'

/**
 * Builds a copy anew from the log. One kept by the library is built beside the old one and swapped in one step; the old one
 * serves meanwhile. A hand-written one, named as on the service map, is written again by its own idempotent write, before the
 * lane moves on.
 *
 * @throws {DefinitionInvalid} The service has no such copy.
 */
export async function rebuild(context: LaneContext, name: string, signal: AbortSignal): Promise<void> {
  const copy = context.plan.copies.find((one) => one.name === name)
  if (copy !== undefined) {
    await buildCopy(context, copy, () => true, signal)
    await clearLeftovers(context, signal)
    return
  }
  if (!context.plan.handlers.some((handler) => handler.kind === 'copy-write' && handler.name === name)) {
    const known = [
      ...context.plan.copies.map((one) => one.name),
      ...context.plan.handlers.flatMap((one) => (one.kind === 'copy-write' ? [one.name] : [])),
    ]
    throw new DefinitionInvalid({
      subject: `rebuild of ${name}`,
      reason: `${context.host.service.contract.name} has no such copy`,
      remedy: `Its copies are: ${known.join(', ') || 'none'}.`,
    })
  }
  await startAgain(context, name)
  await untilMadeUp(context, name, signal)
}

/** Sends the copy back to the beginning and lets go of the lane: whoever takes it makes up for it first. */
async function startAgain(context: LaneContext, name: string): Promise<void> {
  const { host, config } = context
  await runTransaction(host.ledger, host.runtime, async (tx) => {
    const lane = await getRow(tx, 'lanes', laneKey(config.name))
    const progress = await getRow(tx, 'progress', progressKey(config.name, name))
    if (lane === undefined || progress === undefined) return
    await putRow(tx, 'progress', progressKey(config.name, name), { ...progress, since: 0, upTo: 0 })
    await putRow(tx, 'lanes', laneKey(config.name), { ...lane, epoch: lane.epoch + 1, holder: null, until: 0 })
  })
}

const pollMs = 50

async function untilMadeUp(context: LaneContext, name: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const progress = await context.host.ledger.read((reader) => getRow(reader, 'progress', progressKey(context.config.name, name)))
    if (progress === undefined || progress.upTo === null) return
    await context.host.runtime.clock.sleep(pollMs, signal)
  }
}
