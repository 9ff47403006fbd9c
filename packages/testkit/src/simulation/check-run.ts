import type { Json, StoredEvent } from '@tidings/core'
import { attempts, type FailedAttempt, type Sale } from './scenario.ts'

/** Everything that a run left behind. */
export interface Remains {
  readonly sales: readonly Sale[]
  readonly events: readonly StoredEvent[]
  /** Rows of the till's own. */
  readonly soldRows: readonly Json[]
  readonly bookLines: readonly Json[]
  readonly mirrorLines: readonly Json[]
  readonly bookings: readonly Json[]
  /** The copy of each till in the mirror; undefined where it was removed or never was. */
  readonly copies: ReadonlyMap<string, Json | undefined>
  readonly failures: readonly FailedAttempt[]
  /** Rows left in tables of the ledger that are empty when nothing is left to do. */
  readonly leftovers: readonly string[]
}

interface Line {
  readonly saleId: string
  readonly till: string
  readonly number: number
  readonly order: number
}

/** @returns What does not hold, each with its invariant and the evidence. */
export function checkRun(remains: Remains): readonly string[] {
  return [
    ...checkPositions(remains.events),
    ...checkOutbox(remains),
    ...checkOrderInLog(remains.events),
    ...checkBooks(remains),
    ...checkMirror(remains),
    ...checkAttempts(remains.failures),
    ...remains.leftovers.map((what) => `I16 ${what}`),
  ]
}

function checkPositions(events: readonly StoredEvent[]): string[] {
  const ids = new Set(events.map(({ id }) => id))
  const gap = events.findIndex(({ position }, i) => position !== i + 1)
  return [
    ...(gap === -1 ? [] : [`I4 position ${events[gap]?.position} stands in place ${gap + 1}`]),
    ...(ids.size === events.length ? [] : ['I4 an event stands at two positions']),
  ]
}

/** No event without its change, no change without its event; nothing of a command that failed. */
function checkOutbox({ sales, events, soldRows }: Remains): string[] {
  const faults: string[] = []
  const rows = countBy(soldRows as unknown as readonly Line[], ({ saleId }) => saleId)
  const sold = countBy(dataOf(events, 'till.sold'), ({ saleId }) => saleId)
  const counted = countBy(dataOf(events, 'till.counted'), ({ saleId }) => saleId)
  for (const sale of sales) {
    const expected = sale.fails ? 0 : 1
    const found = [rows.get(sale.saleId) ?? 0, sold.get(sale.saleId) ?? 0, counted.get(sale.saleId) ?? 0]
    if (found.some((count) => count !== expected)) {
      faults.push(
        `${sale.fails ? 'I3' : 'I14'} ${sale.saleId}: ${found.join(', ')} of row, till.sold, till.counted; ${expected} of each expected`,
      )
    }
  }
  return faults
}

function checkOrderInLog(events: readonly StoredEvent[]): string[] {
  return outOfOrder(dataOf(events, 'till.sold'), 'I5 till.sold in the log')
}

function checkBooks({ sales, events, bookLines }: Remains): string[] {
  const lines = byOrder(bookLines)
  const written = countBy(lines, ({ saleId }) => saleId)
  const booked = countBy(dataOf(events, 'books.booked'), ({ saleId }) => saleId)
  const faults: string[] = []
  for (const sale of sales) {
    const expected = sale.fails || sale.trouble === 'hopeless' ? 0 : 1
    const [effects, published] = [written.get(sale.saleId) ?? 0, booked.get(sale.saleId) ?? 0]
    if (effects !== expected)
      faults.push(
        `${effects < expected ? 'I1' : 'I12'} ${sale.saleId} (${sale.trouble}) has ${effects} lines in the books, not ${expected}`,
      )
    if (published !== effects) faults.push(`I14 ${sale.saleId} has ${effects} lines and ${published} events books.booked`)
  }
  const hopeless = new Set(sales.filter(({ trouble }) => trouble === 'hopeless').map(({ saleId }) => saleId))
  const handled = dataOf(events, 'till.sold').filter(({ saleId }) => !hopeless.has(saleId))
  return [...faults, ...sameOrder(lines, handled, 'I10 the books')]
}

function checkMirror({ events, mirrorLines, bookings, copies }: Remains): string[] {
  const faults = sameOrder(byOrder(mirrorLines), dataOf(events, 'books.booked'), 'I10 the mirror')
  const written = countBy(byOrder(mirrorLines), ({ saleId }) => saleId)
  for (const { saleId } of dataOf(events, 'books.booked'))
    if (written.get(saleId) !== 1) faults.push(`I12 ${saleId} has ${written.get(saleId) ?? 0} lines in the mirror`)
  const newest = new Map(dataOf(events, 'books.booked').map((line) => [line.till, line.number]))
  for (const row of bookings as unknown as readonly Line[])
    if (newest.get(row.till) !== row.number)
      faults.push(`I8 the hand-written copy of ${row.till} holds ${row.number}, not ${newest.get(row.till)}`)
  if (bookings.length !== newest.size) faults.push(`I8 the hand-written copy has ${bookings.length} rows, not ${newest.size}`)
  const expected = new Map<string, { saleId: string; number: number } | undefined>()
  for (const event of events) {
    if (event.type === 'till.sold') {
      const { saleId, number } = JSON.parse(event.data) as Line
      expected.set(event.key, { saleId, number })
    } else if (event.type === 'till.closed') expected.set(event.key, undefined)
  }
  for (const [key, fields] of expected) {
    const held = copies.get(key)
    if (
      JSON.stringify(held) !== JSON.stringify(fields === undefined ? undefined : { number: fields.number, saleId: fields.saleId }) &&
      JSON.stringify(held) !== JSON.stringify(fields)
    ) {
      faults.push(`I8 the copy of ${key} holds ${JSON.stringify(held)}, the log says ${JSON.stringify(fields)}`)
    }
  }
  return faults
}

/** A restart may lose the count of one attempt, the one that was under way; never more. */
function checkAttempts(failures: readonly FailedAttempt[]): string[] {
  const faults: string[] = []
  for (const [saleId, own] of groupBy(
    failures.filter(({ isRedrive }) => !isRedrive),
    (failure) => failure.saleId,
  )) {
    const runs = new Set(own.map(({ laneRun }) => laneRun)).size
    if (own.length > attempts + runs)
      faults.push(`I11 ${saleId} failed ${own.length} times in ${runs} runs of the lane; ${attempts} attempts are allowed`)
  }
  return faults
}

function sameOrder(lines: readonly Line[], events: readonly Line[], what: string): string[] {
  const faults: string[] = []
  const handled = groupBy(lines, ({ till }) => till)
  for (const [till, published] of groupBy(events, (event) => event.till)) {
    const [a, b] = [(handled.get(till) ?? []).map(({ number }) => number).join(' '), published.map(({ number }) => number).join(' ')]
    if (a !== b) faults.push(`${what} handled ${till} as ${a}, the log says ${b}`)
  }
  return faults
}

function outOfOrder(entries: readonly Line[], what: string): string[] {
  const last = new Map<string, number>()
  return entries.flatMap(({ till, number }) => {
    const before = last.get(till) ?? 0
    last.set(till, number)
    return number === before + 1 ? [] : [`${what}: ${number} of ${till} follows ${before}`]
  })
}

function byOrder(lines: readonly Json[]): readonly Line[] {
  return [...(lines as unknown as readonly Line[])].sort((a, b) => a.order - b.order)
}

function dataOf(events: readonly StoredEvent[], type: string): readonly Line[] {
  return events.filter((event) => event.type === type).map(({ data }) => JSON.parse(data) as Line)
}

function countBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, number> {
  return new Map([...groupBy(values, keyOf)].map(([key, group]) => [key, group.length]))
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group === undefined) groups.set(keyOf(value), [value])
    else group.push(value)
  }
  return groups
}
