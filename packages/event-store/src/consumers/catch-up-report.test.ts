import type { Clock, StoredEvent } from '@tidings/core'
import { expect, test } from 'vitest'
import { CatchUpReport } from './catch-up-report.ts'

const lane = { logId: 'log', position: 1_000, eventId: 'event', epoch: 1, holder: null, until: 0, updatedAt: 10_000 }

function events(count: number, type: string): StoredEvent[] {
  const event = {
    id: '',
    version: 1,
    key: 'k',
    service: 's',
    time: '',
    correlationId: 'c',
    headers: {},
    encoding: 'json',
    data: '{}',
    position: 0,
  }
  return Array.from({ length: count }, () => ({ ...event, type }))
}

function begin(): { readonly report: CatchUpReport; readonly lines: string[]; readonly pass: (ms: number) => void } {
  let now = 0
  const lines: string[] = []
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {} }
  const logger = { info: (line: string) => void lines.push(line), warn: () => {}, error: () => {} }
  const pass = (ms: number): void => {
    now += ms
  }
  return { report: new CatchUpReport('billing', clock, logger, lane, 6_000, 202_000), lines, pass }
}

test('a catch-up that takes longer than 2 s tells now and then what is done, what is left, and how fast it goes', () => {
  const { report, lines, pass } = begin()
  pass(1_000)
  report.count(events(1_000, 'a.b'), { handled: 1_000 }, 2_000)
  expect(lines).toEqual([])
  pass(1_500)
  report.count(events(1_500, 'a.b'), { handled: 1_500 }, 3_500)
  expect(lines).toEqual(['billing is catching up: 2,500 positions done, 2,500 left, 1,000 per second.'])
})

test('the report tells how many events of how many types were missed for how long, and what became of them', () => {
  const { report, lines, pass } = begin()
  report.count([...events(1_000, 'a.b'), ...events(40, 'a.c')], { handled: 1_040 }, 2_040)
  report.count(events(2, 'a.b'), { parked: 2 }, 2_042)
  pass(400)
  report.finish()
  expect(lines).toEqual(['billing missed 1,042 events of 2 types in 3 min 12 s; 1,040 applied, 2 parked. Caught up in 400 ms.'])
})

test('nothing is reported when nothing was missed', () => {
  const { report, lines } = begin()
  report.finish()
  expect(lines).toEqual([])
})
