import type { Position } from '@tidings/core'
import type { LaneRow } from '../ledger/tables.ts'
import { assertServed } from './changes/make-up.ts'
import { describeHolder } from './lane/describe-holder.ts'
import type { LaneContext } from './lane/lane-context.ts'
import type { LaneStatus } from './lane/lane-status.ts'
import { isFree, type Lease, lookUpLane, takeLease } from './lane/lease.ts'
import { spellDuration } from './lane/spell-duration.ts'

/** How often an instance that stands by looks at the lane. */
export const standbyMs = 250

/**
 * Waits until the lane is free, and takes it. Undefined when stopped.
 *
 * @throws {CopyNotServed} A copy is served in the definition of other code.
 */
export async function standBy(context: LaneContext, status: LaneStatus, signal: AbortSignal): Promise<Lease | undefined> {
  const { host, config } = context
  while (!signal.aborted) {
    const row = await host.ledger.read(async (reader) => {
      await assertServed(context, reader)
      return lookUpLane(reader, config.name)
    })
    if (isFree(context, row, await host.ledger.now())) {
      const lease = await takeLease(context)
      if (lease !== undefined) {
        tellTaken(context, lease, status)
        status.heldBy = undefined
        return lease
      }
    } else tellHeld(context, row, status)
    if (status.phase !== 'standing-by' || (row?.position ?? 0) > status.handledUpTo) {
      status.phase = 'standing-by'
      status.handledUpTo = Math.max(status.handledUpTo, row?.position ?? 0)
      status.changed()
    }
    // The durable checkpoint passes wanted events only; what lies behind it may still be all that is wanted.
    if (status.handledUpTo < status.target || status.isAwaited) await seeThroughUnwanted(context, status, row?.position ?? 0)
    await host.runtime.clock.sleep(standbyMs, signal).catch(() => {})
  }
  return undefined
}

async function seeThroughUnwanted(context: LaneContext, status: LaneStatus, position: Position): Promise<void> {
  const { events, upTo } = await context.log.read({ after: position, types: context.types, limit: 1 })
  const handled = events.length === 0 ? upTo : position
  if (handled <= status.handledUpTo) return
  status.handledUpTo = handled
  status.changed()
}

/** Tells for whom this instance stands by, once for each. */
function tellHeld({ config, host, holder }: LaneContext, row: LaneRow | undefined, status: LaneStatus): void {
  const heldBy = row?.holder ?? undefined
  if (heldBy !== undefined && heldBy.instance !== status.heldBy?.instance)
    host.runtime.logger.info(`${config.name} stands by: ${describeHolder(heldBy, holder)} holds the lane.`)
  status.heldBy = heldBy
}

/** Tells from whom the lane was taken over, and why it was free; nothing where nobody held it before. */
function tellTaken(context: LaneContext, lease: Lease, status: LaneStatus): void {
  const { config, host, holder } = context
  const before = lease.row.holder
  const tell = (what: string): void => host.runtime.logger.info(`${config.name} took over ${what}`)
  if (lease.afterDeath && before !== null && before.instance !== holder.instance) {
    const why = context.isGone(before) ? 'whose process is gone' : `which gave no sign of life for ${spellDuration(lease.silentMs)}`
    tell(`from ${describeHolder(before, holder)}, ${why}.`)
  } else if (status.heldBy !== undefined) tell(`from ${describeHolder(status.heldBy, holder)}, which let go of the lane.`)
}
