import { expect, test } from 'vitest'
import type { NewEvent } from '../ports/event-log.ts'
import { unknownFields } from './unknown-fields.ts'

const event: NewEvent = {
  id: '0198b5ab-2f6e-7d7a-9e5c-3c1a6c1f0a11',
  type: 'orders.order-placed',
  version: 1,
  key: 'o1',
  service: 'orders',
  time: '2026-01-02T03:04:05.678Z',
  correlationId: 'c1',
  causationId: 'c0',
  traceparent: 't',
  headers: {},
  encoding: 'json',
  data: '{}',
}

test('an event of this release has no unknown fields, with a position or without', () => {
  expect(unknownFields(event)).toBeUndefined()
  expect(unknownFields({ ...event, position: 5 } as NewEvent)).toBeUndefined()
  expect(unknownFields({ ...event, partition: undefined } as NewEvent)).toBeUndefined()
})

test('fields of a newer release are given as they are', () => {
  expect({ ...unknownFields({ ...event, partition: 7, signature: { by: 'é' }, expires: null } as NewEvent) }).toEqual({
    partition: 7,
    signature: { by: 'é' },
    expires: null,
  })
})
