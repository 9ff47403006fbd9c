import { expect, test } from 'vitest'
import type { NewEvent } from '../ports/event-log.ts'
import { sameContent } from './same-content.ts'

const event: NewEvent = {
  id: 'id',
  type: 'orders.order-placed',
  version: 1,
  key: 'o1',
  service: 'orders',
  time: '2026-01-01T00:00:00.000Z',
  correlationId: 'c1',
  headers: {},
  encoding: 'json',
  data: '{"a":1}',
}

test('an event sent again is the same, whatever its time and trace', () => {
  expect(
    sameContent(event, { ...event, time: '2027-01-01T00:00:00.000Z', correlationId: 'c2', traceparent: 't', headers: { a: 'b' } }),
  ).toBe(true)
})

test.each([{ type: 'orders.other' }, { version: 2 }, { key: 'o2' }, { data: '{"a":2}' }, { encoding: 'other' }])(
  'an event with %j is another',
  (part) => {
    expect(sameContent(event, { ...event, ...part })).toBe(false)
  },
)
