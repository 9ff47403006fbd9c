import { keysUnder } from '../../ledger/compose-key.ts'
import { scanRows } from '../../ledger/tables.ts'
import { type LaneContext, onlyLane } from '../lane/lane-context.ts'

/** So many keys are looked at: a figure that is asked for again and again must cost little however bad things are. */
const mostCountedKeys = 1_000

/** How much of a consumer is parked. */
export interface ParkedCount {
  /** Keys that go no further: an event of each is parked. At most 1,000; that many means that or more. */
  readonly keys: number
  /** Events of those keys, parked and held behind parked ones. */
  readonly events: number
}

/** Counts what is parked without reading any of it: each key has one small row that says how many of its events wait. */
export async function countParked({ host, config }: LaneContext): Promise<ParkedCount> {
  const range = { ...keysUnder(config.name, onlyLane), limit: mostCountedKeys }
  const holds = await host.ledger.read((reader) => scanRows(reader, 'holds', range))
  return { keys: holds.length, events: holds.reduce((sum, { value }) => sum + value.entries, 0) }
}
