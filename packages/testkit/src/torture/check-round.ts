import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hasTable } from './read-final.ts'
import type { Sale } from './sales.ts'

interface LogRow {
  readonly position: number
  readonly id: string
  readonly type: string
  readonly key: string
  readonly data: string
}

/** What a round's files came to. */
export interface Verdict {
  readonly events: number
  /** Invariants that do not hold, with the evidence. */
  readonly faults: readonly string[]
}

/**
 * Looks at the files that a round left behind with nothing but `node:sqlite`, and checks them against what was asked for and
 * against each other. The numbers are those of docs/reliability.md.
 */
export function checkRound(directory: string, sales: readonly Sale[]): Verdict {
  const log = new DatabaseSync(join(directory, 'log.db'), { readOnly: true })
  const till = new DatabaseSync(join(directory, 'till.db'), { readOnly: true })
  const books = new DatabaseSync(join(directory, 'books.db'), { readOnly: true })
  const mirror = new DatabaseSync(join(directory, 'mirror.db'), { readOnly: true })
  try {
    const events = log.prepare('select position, id, type, key, data from events order by position').all() as unknown as LogRow[]
    return {
      events: events.length,
      faults: [
        ...positions(events),
        ...businessRows(till, events, sales),
        ...orderPerKey(events),
        ...effects(books, events),
        ...copies(mirror, events),
        ...leftovers({ till, books, mirror }, events),
      ],
    }
  } finally {
    for (const database of [log, till, books, mirror]) database.close()
  }
}

function positions(events: readonly LogRow[]): string[] {
  const gap = events.findIndex(({ position }, i) => position !== i + 1)
  return gap === -1 ? [] : [`I4 positions have a gap: ${events[gap]?.position} stands in place ${gap + 1}`]
}

function businessRows(till: DatabaseSync, events: readonly LogRow[], sales: readonly Sale[]): string[] {
  const rows = till.prepare('select sale_id, till, number from sales').all()
  const faults: string[] = []
  const known = new Set(rows.map((row) => String(row.sale_id)))
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

function orderPerKey(events: readonly LogRow[]): string[] {
  return ['till.sold', 'books.booked'].flatMap((type) =>
    outOfOrder(
      ofType(events, type).map(({ key, data }) => ({ key, number: numberOf(data) })),
      `I5 ${type} in the log`,
    ),
  )
}

function effects(books: DatabaseSync, events: readonly LogRow[]): string[] {
  const lines = books.prepare('select sale_id, till, number from lines order by id').all()
  const written = countBy(lines, (line) => String(line.sale_id))
  const booked = countBy(ofType(events, 'books.booked'), ({ data }) => saleOf(data))
  const faults: string[] = []
  for (const { data } of ofType(events, 'till.sold')) {
    const saleId = saleOf(data)
    if (written.get(saleId) !== 1) faults.push(`I12 the effect of ${saleId} was written ${written.get(saleId) ?? 0} times`)
    if (booked.get(saleId) !== 1) faults.push(`I14 the effect of ${saleId} was published ${booked.get(saleId) ?? 0} times`)
  }
  if (lines.length !== ofType(events, 'till.sold').length)
    faults.push(`I2 ${lines.length} effects for ${ofType(events, 'till.sold').length} events`)
  return [
    ...faults,
    ...outOfOrder(
      lines.map((line) => ({ key: String(line.till), number: Number(line.number) })),
      'I10 effects',
    ),
  ]
}

function copies(mirror: DatabaseSync, events: readonly LogRow[]): string[] {
  const faults: string[] = []
  const newest = (type: string): Map<string, number> => new Map(ofType(events, type).map(({ key, data }) => [key, numberOf(data)]))
  const bookings = new Map(
    mirror
      .prepare('select till, number from bookings')
      .all()
      .map((row) => [String(row.till), Number(row.number)]),
  )
  for (const [key, number] of newest('books.booked'))
    if (bookings.get(key) !== number) faults.push(`I8 the hand-written copy of ${key} holds ${bookings.get(key)}, the log ${number}`)
  const row = mirror.prepare("select value from tidings_copies where key = 'sales'").get()
  const table = row === undefined ? undefined : (JSON.parse(String(row.value)) as { table: string }).table
  for (const [key, number] of newest('till.sold')) {
    const copied = mirror.prepare(`select value from "tidings_${table}" where key = ?`).get(key)
    const held = copied === undefined ? undefined : (JSON.parse(String(copied.value)) as { fields: { number: number } }).fields.number
    if (held !== number) faults.push(`I8 the copy of ${key} holds ${held}, the log ${number}`)
  }
  return faults
}

function leftovers(databases: Readonly<Record<string, DatabaseSync>>, events: readonly LogRow[]): string[] {
  const faults: string[] = []
  for (const [name, database] of Object.entries(databases)) {
    for (const table of ['outbox', 'outbox_keys', 'parked', 'holds', 'attempts', 'refused']) {
      const rows = !hasTable(database, table) ? 0 : Number(database.prepare(`select count(*) as rows from tidings_${table}`).get()?.rows)
      if (rows > 0) faults.push(`I16 ${rows} rows are left in ${table} of ${name}`)
    }
    for (const row of hasTable(database, 'lanes') ? database.prepare('select value from tidings_lanes').all() : []) {
      const lane = JSON.parse(String(row.value)) as { position: number; eventId: string }
      if (lane.position > 0 && events[lane.position - 1]?.id !== lane.eventId)
        faults.push(`I8 the checkpoint of ${name} at ${lane.position} names another event`)
    }
  }
  return faults
}

function outOfOrder(entries: readonly { readonly key: string; readonly number: number }[], what: string): string[] {
  const last = new Map<string, number>()
  return entries.flatMap(({ key, number }) => {
    const before = last.get(key) ?? 0
    last.set(key, number)
    return number === before + 1 ? [] : [`${what}: number ${number} of ${key} follows ${before}`]
  })
}

function ofType(events: readonly LogRow[], type: string): LogRow[] {
  return events.filter((event) => event.type === type)
}

function countBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, number> {
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
