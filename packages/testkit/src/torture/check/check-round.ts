import type { Sale } from '../worker/sales.ts'
import { type LogRow, ofType, type RoundRows, type ServiceRows } from './round-rows.ts'

/**
 * Checks what a round left behind against what was asked for and against itself. The numbers are those of docs/reliability.md.
 *
 * @returns Invariants that do not hold, with the evidence.
 */
export function checkRound(rows: RoundRows, sales: readonly Sale[]): readonly string[] {
  return [
    ...positions(rows),
    ...businessRows(rows, sales),
    ...orderPerKey(rows.events),
    ...effects(rows),
    ...copies(rows),
    ...leftovers(rows),
  ]
}

function positions({ events, closed, damage }: RoundRows): readonly string[] {
  const last = events.at(-1)?.position ?? 0
  const taken = [...events.map(({ position }) => position), ...closed.filter((position) => position < last)].sort((a, b) => a - b)
  const gap = taken.findIndex((position, i) => position !== i + 1)
  return [...damage, ...(gap === -1 ? [] : [`I4 positions have a gap: ${taken[gap]} stands in place ${gap + 1}`])]
}

function businessRows({ services, events }: RoundRows, sales: readonly Sale[]): readonly string[] {
  const rows = services.till.sales
  const faults: string[] = []
  const known = new Set(rows.map(({ saleId }) => saleId))
  for (const { saleId } of sales) if (!known.has(saleId)) faults.push(`I1 the sale ${saleId} was answered and is not there`)
  if (rows.length !== sales.length) faults.push(`I12 ${rows.length} sales are there, ${sales.length} were asked for`)
  for (const type of ['till.sold', 'till.counted']) {
    const published = countBy(ofType(events, type), ({ data }) => saleOf(data))
    for (const saleId of known)
      if (published.get(saleId) !== 1) faults.push(`I14 the sale ${saleId} has ${published.get(saleId) ?? 0} events ${type}`)
    for (const saleId of published.keys()) if (!known.has(saleId)) faults.push(`I14 an event ${type} has no sale ${saleId}`)
  }
  return faults
}

function orderPerKey(events: readonly LogRow[]): readonly string[] {
  return ['till.sold', 'books.booked'].flatMap((type) =>
    outOfOrder(
      ofType(events, type).map(({ key, data }) => ({ key, number: numberOf(data) })),
      `I5 ${type} in the log`,
    ),
  )
}

function effects({ services, events }: RoundRows): readonly string[] {
  const { lines } = services.books
  const written = countBy(lines, ({ saleId }) => saleId)
  const booked = countBy(ofType(events, 'books.booked'), ({ data }) => saleOf(data))
  const sold = ofType(events, 'till.sold')
  const faults: string[] = []
  for (const { data } of sold) {
    const saleId = saleOf(data)
    if (written.get(saleId) !== 1) faults.push(`I12 the effect of ${saleId} was written ${written.get(saleId) ?? 0} times`)
    if (booked.get(saleId) !== 1) faults.push(`I14 the effect of ${saleId} was published ${booked.get(saleId) ?? 0} times`)
  }
  if (lines.length !== sold.length) faults.push(`I2 ${lines.length} effects for ${sold.length} events`)
  return [
    ...faults,
    ...outOfOrder(
      lines.map(({ till, number }) => ({ key: till, number })),
      'I10 effects',
    ),
  ]
}

function copies({ services, events }: RoundRows): readonly string[] {
  const faults: string[] = []
  const newest = (type: string): Map<string, number> => new Map(ofType(events, type).map(({ key, data }) => [key, numberOf(data)]))
  const byHand = new Map(services.mirror.bookings.map(({ till, number }) => [till, number]))
  for (const [key, number] of newest('books.booked'))
    if (byHand.get(key) !== number) faults.push(`I8 the hand-written copy of ${key} holds ${byHand.get(key)}, the log ${number}`)
  const copied = copyIn(services.mirror)
  for (const [key, number] of newest('till.sold'))
    if (copied.get(key) !== number) faults.push(`I8 the copy of ${key} holds ${copied.get(key)}, the log ${number}`)
  return faults
}

function copyIn({ ledger }: ServiceRows): ReadonlyMap<string, number> {
  const served = ledger('copies').find(({ key }) => key === 'sales')
  if (served === undefined) return new Map()
  const { table } = served.value as { readonly table: string }
  return new Map(ledger(table).map(({ key, value }) => [key, (value as { fields: { number: number } }).fields.number]))
}

function leftovers({ services, events }: RoundRows): readonly string[] {
  const faults: string[] = []
  const idAt = new Map(events.map(({ position, id }) => [position, id]))
  for (const [name, { ledger }] of Object.entries(services)) {
    for (const table of ['outbox', 'outbox_keys', 'parked', 'holds', 'attempts', 'refused']) {
      const left = ledger(table).length
      if (left > 0) faults.push(`I16 ${left} rows are left in ${table} of ${name}`)
    }
    for (const { value } of ledger('lanes')) {
      const { position, eventId } = value as { readonly position: number; readonly eventId: string | null }
      if (position > 0 && idAt.get(position) !== eventId) faults.push(`I8 the checkpoint of ${name} at ${position} names another event`)
    }
  }
  return faults
}

function outOfOrder(entries: readonly { readonly key: string; readonly number: number }[], what: string): readonly string[] {
  const last = new Map<string, number>()
  return entries.flatMap(({ key, number }) => {
    const before = last.get(key) ?? 0
    last.set(key, number)
    return number === before + 1 ? [] : [`${what}: number ${number} of ${key} follows ${before}`]
  })
}

function countBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(keyOf(value), (counts.get(keyOf(value)) ?? 0) + 1)
  return counts
}

function saleOf(data: string): string {
  return (JSON.parse(data) as { saleId: string }).saleId
}

function numberOf(data: string): number {
  return (JSON.parse(data) as { number: number }).number
}
