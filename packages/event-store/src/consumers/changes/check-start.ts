import type { Position } from '@tidings/core'
import { composeKey } from '../../ledger/compose-key.ts'
import { findDivergence } from '../../ledger/find-divergence.ts'
import { LogDiverged } from '../../ledger/log-diverged.ts'
import { getRow, type LaneRow } from '../../ledger/tables.ts'
import { type LaneContext, onlyLane } from '../lane/lane-context.ts'
import { StartPositionUnclear } from './start-position-unclear.ts'

/**
 * Checks, before anything is changed, that every handler knows where to go on or to begin.
 *
 * @throws {StartPositionUnclear} A new reaction does not say where to begin.
 */
export async function checkStart(context: LaneContext): Promise<void> {
  const { host, config } = context
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

/** @throws {LogDiverged} The checkpoint does not fit the log. */
export async function checkCheckpoint(context: LaneContext, lane: LaneRow): Promise<void> {
  const { host, log, logId } = context
  const found = await findDivergence(lane, log, logId)
  if (found === undefined) return
  const divergence = { service: host.service.contract.name, database: host.ledger.location, position: lane.position, found }
  throw new LogDiverged({ log: log.location, divergences: [divergence] })
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
