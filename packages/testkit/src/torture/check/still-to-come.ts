import type { Sale } from '../worker/sales.ts'
import { checkpointIn, ofType, type RoundRows } from './round-rows.ts'

/** What has not happened yet of all that the sales lead to, in words; nothing when the round has drained. */
export function stillToCome(rows: RoundRows, sales: readonly Sale[]): readonly string[] {
  const { events, services } = rows
  const wanted = sales.length
  const counted = ['till.sold', 'till.counted', 'books.booked'].map((type) => ({
    what: `events ${type}`,
    count: ofType(events, type).length,
  }))
  const lastOf = (...types: readonly string[]): number => events.findLast(({ type }) => types.includes(type))?.position ?? 0
  const lanes = [
    { name: 'books', at: checkpointIn(services.books), upTo: lastOf('till.sold') },
    { name: 'mirror', at: checkpointIn(services.mirror), upTo: lastOf('till.sold', 'books.booked') },
  ]
  return [
    ...[...counted, { what: 'lines', count: services.books.lines.length }]
      .filter(({ count }) => count < wanted)
      .map(({ what, count }) => `${count} of ${wanted} ${what}`),
    ...lanes.filter(({ at, upTo }) => at < upTo).map(({ name, at, upTo }) => `${name} is at ${at} of ${upTo}`),
    ...Object.entries(services)
      .filter(([, { ledger }]) => ledger('outbox').length > 0)
      .map(([name, { ledger }]) => `${ledger('outbox').length} rows are staged in ${name}`),
  ]
}
