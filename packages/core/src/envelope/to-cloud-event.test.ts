import { expect, test } from 'vitest'
import type { StoredEvent } from '../ports/event-log.ts'
import { toCloudEvent } from './to-cloud-event.ts'

const event: StoredEvent = {
  position: 812,
  id: '0198b5ab-2f6e-7d7a-9e5c-3c1a6c1f0a11',
  type: 'orders.order-placed',
  version: 2,
  key: 'o1',
  service: 'orders',
  time: '2026-01-01T00:00:00.000Z',
  correlationId: 'c1',
  headers: {},
  encoding: 'json',
  data: '{"total":5}',
}

test('a stored event maps to CloudEvents 1.0, with our own fields as extensions in lower case', () => {
  const cloud = toCloudEvent({ ...event, causationId: 'c0', traceparent: 't' })
  expect(cloud).toEqual({
    specversion: '1.0',
    id: event.id,
    source: '/orders',
    type: 'orders.order-placed',
    subject: 'o1',
    time: event.time,
    datacontenttype: 'application/json',
    data: { total: 5 },
    position: 812,
    dataversion: 2,
    correlationid: 'c1',
    causationid: 'c0',
    traceparent: 't',
  })
  for (const attribute of Object.keys(cloud)) expect(attribute).toMatch(/^[a-z0-9]{1,20}$/)
})

test('what is absent is left out', () => {
  expect(Object.keys(toCloudEvent(event))).not.toEqual(expect.arrayContaining(['causationid']))
})

test('an encoding that this release does not read is told with its position', () => {
  expect(() => toCloudEvent({ ...event, encoding: 'aes-gcm' })).toThrow(
    expect.objectContaining({ code: 'LOG_ENCODING_UNKNOWN', encoding: 'aes-gcm' }),
  )
})
