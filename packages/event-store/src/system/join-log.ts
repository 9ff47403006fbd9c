import type { EventLog, Ledger, Service } from '@tidings/core'
import { laneKey } from '../consumers/lane/lease.ts'
import { resolveConsumer } from '../consumers/lane/resolve-consumer.ts'
import { readOwner } from '../ledger/claim-owner.ts'
import { describeOtherLog, findDivergence } from '../ledger/find-divergence.ts'
import { type Divergence, LogDiverged } from '../ledger/log-diverged.ts'
import { getRow, type LaneRow, type OwnerRow } from '../ledger/tables.ts'

/** A service with its database, which was opened and not yet changed. */
export interface OpenedService {
  readonly service: Service
  readonly ledger: Ledger
}

/**
 * Checks that each database is its service's own and that all of them belong to the log, before anything is made or changed;
 * then makes the log where there is none yet.
 *
 * @returns The log's id.
 * @throws {DatabaseOwnedByAnother} @throws {FormatUnknown} @throws {DefinitionInvalid}
 * @throws {LogDiverged} Names every service that does not fit.
 */
export async function joinLog(log: EventLog, opened: readonly OpenedService[]): Promise<string> {
  const stands: Stand[] = []
  for (const one of opened) {
    const stand = await readStand(one)
    if (stand !== undefined) stands.push(stand)
  }
  const diverged: Divergence[] = []
  const judge = ({ service, database, lane }: Stand, found: string | undefined): void => {
    if (found !== undefined) diverged.push({ service, database, position: lane?.position ?? 0, found })
  }
  // A log makes itself when it is asked for its identity: whoever has worked with one already must not leave an empty one here.
  if (stands.length > 0 && !(await log.exists())) {
    for (const stand of stands) judge(stand, describeOtherLog(stand.owner.logId, stand.lane?.position ?? 0, 'there is no log here'))
    throw new LogDiverged({ log: log.location, divergences: diverged })
  }
  const id = await log.identity()
  for (const stand of stands) {
    const { owner, lane } = stand
    if (owner.logId !== id) judge(stand, describeOtherLog(owner.logId, lane?.position ?? 0, `this is log ${id}`))
    else if (lane !== undefined) judge(stand, await findDivergence(lane, log, id))
  }
  if (diverged.length > 0) throw new LogDiverged({ log: log.location, divergences: diverged })
  return id
}

/** Which log a service has worked with, and how far. */
interface Stand {
  readonly service: string
  readonly database: string
  readonly owner: OwnerRow
  readonly lane: LaneRow | undefined
}

async function readStand({ service, ledger }: OpenedService): Promise<Stand | undefined> {
  const name = service.contract.name as string
  const config = resolveConsumer(service)
  return ledger.read(async (reader) => {
    const owner = await readOwner(ledger, reader, name)
    if (owner === undefined) return undefined
    const own = await getRow(reader, 'lanes', laneKey(config.name))
    const lane = own ?? (config.formerly === undefined ? undefined : await getRow(reader, 'lanes', laneKey(config.formerly)))
    return { service: name, database: ledger.location, owner, lane }
  })
}
