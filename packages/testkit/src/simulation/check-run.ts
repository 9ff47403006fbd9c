import type { StoredEvent } from '@tidings/core'
import { checkHistory } from '../history/check-history.ts'
import type { HistoryRecord } from '../history/history-record.ts'
import { finalEventOf } from '../history/seen-of.ts'
import type { Invariant, Verdict } from '../history/verdict.ts'
import type { Line, Remains } from './remains.ts'
import type { Sale } from './scenario.ts'

/** Everything that a run left behind. */
export interface Run extends Remains {
  readonly history: readonly HistoryRecord[]
  readonly sales: readonly Sale[]
  readonly events: readonly StoredEvent[]
  /** What did not end in time. */
  readonly unfinished: readonly string[]
}

/** Judges the history, and beside it the scenario's own books: what was sold against what every service made of it. */
export function checkRun(run: Run): readonly Verdict[] {
  const { history, events, consumers, staged, leftovers, unfinished } = run
  const verdicts = checkHistory(history, { events: events.map(finalEventOf), consumers, staged, unfinished: [...unfinished, ...leftovers] })
  // The scenario's books only add up when everything has ended.
  if (unfinished.length > 0) return verdicts
  return [...verdicts, ...checkSales(run), ...checkBooks(run), ...checkMirror(run)]
}

function verdict(invariant: Invariant, what: string): Verdict {
  return { invariant, what, evidence: [] }
}

/** No event without its change, no change without its event; nothing of a command that failed; each till's sales in order. */
function checkSales({ sales, events, soldRows }: Run): Verdict[] {
  const [rows, sold, counted] = [
    countBySale(soldRows),
    countBySale(dataOf(events, 'till.sold')),
    countBySale(dataOf(events, 'till.counted')),
  ]
  const verdicts = sales.flatMap(({ saleId, fails }): Verdict[] => {
    const expected = fails ? 0 : 1
    const found = [rows.get(saleId) ?? 0, sold.get(saleId) ?? 0, counted.get(saleId) ?? 0]
    if (found.every((count) => count === expected)) return []
    return [
      verdict(fails ? 'I3' : 'I14', `${saleId} has ${found.join(', ')} of row, till.sold, till.counted; ${expected} of each is right`),
    ]
  })
  const last = new Map<string, number>()
  for (const { till, number } of dataOf(events, 'till.sold')) {
    const before = last.get(till) ?? 0
    last.set(till, number)
    if (number !== before + 1) verdicts.push(verdict('I5', `number ${number} of ${till} follows ${before} in the log`))
  }
  return verdicts
}

function checkBooks({ sales, events, bookLines }: Run): Verdict[] {
  const [written, booked] = [countBySale(bookLines), countBySale(dataOf(events, 'books.booked'))]
  const verdicts = sales.flatMap(({ saleId, fails, trouble }): Verdict[] => {
    const expected = fails || trouble === 'hopeless' ? 0 : 1
    const [lines, published] = [written.get(saleId) ?? 0, booked.get(saleId) ?? 0]
    if (lines !== expected)
      return [verdict(lines < expected ? 'I1' : 'I12', `${saleId} (${trouble}) has ${lines} lines in the books, not ${expected}`)]
    return published === lines ? [] : [verdict('I14', `${saleId} has ${lines} lines in the books and ${published} events books.booked`)]
  })
  const hopeless = new Set(sales.flatMap(({ saleId, trouble }) => (trouble === 'hopeless' ? [saleId] : [])))
  const handled = dataOf(events, 'till.sold').filter(({ saleId }) => !hopeless.has(saleId))
  return [...verdicts, ...sameOrder(bookLines, handled, 'the books')]
}

function checkMirror({ events, mirrorLines, bookings, copies }: Run): Verdict[] {
  const booked = dataOf(events, 'books.booked')
  const verdicts = sameOrder(mirrorLines, booked, 'the mirror')
  const newest = new Map(booked.map(({ till, number }) => [till, number]))
  for (const till of new Set([...newest.keys(), ...bookings.map((row) => row.till)])) {
    const held = bookings.find((row) => row.till === till)?.number
    if (held !== newest.get(till))
      verdicts.push(verdict('I8', `the hand-written copy of ${till} holds ${held}, the log says ${newest.get(till)}`))
  }
  const expected = new Map<string, Pick<Line, 'saleId' | 'number'> | undefined>()
  for (const { type, key, data } of events) {
    if (type === 'till.sold') expected.set(key, JSON.parse(data) as Line)
    if (type === 'till.closed') expected.set(key, undefined)
  }
  for (const till of new Set([...expected.keys(), ...copies.keys()])) {
    // Copies hold what the mirror picked, and nothing else.
    const held = copies.get(till) as unknown as Line | undefined
    const wanted = expected.get(till)
    if (held?.saleId !== wanted?.saleId || held?.number !== wanted?.number)
      verdicts.push(verdict('I8', `the copy of ${till} holds ${JSON.stringify(held)}, the log says ${JSON.stringify(wanted)}`))
  }
  return verdicts
}

function sameOrder(lines: readonly Line[], events: readonly Line[], where: string): Verdict[] {
  const verdicts: Verdict[] = []
  const written = Map.groupBy(
    [...lines].sort((a, b) => a.order - b.order),
    ({ till }) => till,
  )
  for (const [till, published] of Map.groupBy(events, (event) => event.till)) {
    const [a, b] = [numbersOf(written.get(till) ?? []), numbersOf(published)]
    if (a !== b) verdicts.push(verdict('I10', `${where} handled ${till} as ${a}, the log says ${b}`))
  }
  return verdicts
}

function numbersOf(lines: readonly Line[]): string {
  return lines.map(({ number }) => number).join(' ')
}

function dataOf(events: readonly StoredEvent[], type: string): readonly Line[] {
  // The till and the books publish lines without the two fields that only rows have.
  return events.filter((event) => event.type === type).map(({ data }) => JSON.parse(data) as Line)
}

function countBySale(lines: readonly Line[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(lines, ({ saleId }) => saleId)].map(([saleId, own]) => [saleId, own.length]))
}
