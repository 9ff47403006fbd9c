import type { Position } from '@tidings/core'
import { composeKey } from '../../ledger/compose-key.ts'
import { LogDiverged } from '../../ledger/log-diverged.ts'
import { getRow, type LaneRow } from '../../ledger/tables.ts'
import { idAt } from '../../log/id-at.ts'
import { type LaneContext, onlyLane } from '../lane/lane-context.ts'
import { laneKey } from '../lane/lease.ts'
import { StartPositionUnclear } from './start-position-unclear.ts'

/**
 * Checks, before anything is changed, that the consumer can go on from where it stands.
 *
 * @throws {LogDiverged} The checkpoint does not fit the log.
 * @throws {StartPositionUnclear} A new reaction does not say where to begin.
 */
export async function checkStart(context: LaneContext): Promise<void> {
  const { host, config } = context
  const lane = await host.ledger.read(
    async (reader) =>
      (await getRow(reader, 'lanes', laneKey(config.name))) ??
      (config.formerly === undefined ? undefined : getRow(reader, 'lanes', laneKey(config.formerly))),
  )
  if (lane !== undefined) await checkCheckpoint(context, lane)
  for (const handler of context.plan.handlers) {
    if (handler.kind !== 'reaction' || handler.from !== undefined) continue
    const known = await host.ledger.read(async (reader) => {
      for (const name of [config.name, config.formerly]) {
        const row = name === undefined ? undefined : await getRow(reader, 'progress', composeKey(name, onlyLane, handler.name))
        if (row?.type === handler.event.name) return row
      }
      return undefined
    })
    if (known === undefined) await assertNoneYet(context, handler.name, handler.event.name)
  }
}

/** @throws {LogDiverged} */
export async function checkCheckpoint(context: LaneContext, lane: LaneRow): Promise<void> {
  const { host, log, logId } = context
  const facts = { service: host.service.contract.name, database: host.ledger.location, position: lane.position }
  if (lane.logId !== logId) throw new LogDiverged({ ...facts, found: `its checkpoint belongs to log ${lane.logId}, this is log ${logId}` })
  if (lane.position === 0) return
  const sealed = await log.sealed()
  if (sealed < lane.position)
    throw new LogDiverged({ ...facts, found: `its checkpoint is at position ${lane.position}, but the log ends at ${sealed}` })
  const found = await idAt(log, lane.position)
  if (found !== lane.eventId) {
    throw new LogDiverged({
      ...facts,
      found: `at position ${lane.position} it has handled event ${lane.eventId}, but the log holds ${found ?? 'none'} there`,
    })
  }
}

const page = 1_000
const mostCounted = 1_000_000

async function assertNoneYet(context: LaneContext, reaction: string, event: string): Promise<void> {
  let events = 0
  let after: Position = 0
  for (;;) {
    const read = await context.log.read({ after, types: [event], limit: page })
    events += read.events.length
    after = read.upTo
    if (read.events.length < page || events >= mostCounted) break
  }
  if (events > 0)
    throw new StartPositionUnclear({ service: context.host.service.contract.name, reaction, event, events, orMore: events >= mostCounted })
}
