import { expect, test } from 'vitest'
import type { NewEvent } from '../ports/event-log.ts'
import { checkAppend, keyFault } from './check-append.ts'

const event: NewEvent = {
  id: '0198b5ab-2f6e-7d7a-9e5c-3c1a6c1f0a11',
  type: 'orders.order-placed',
  version: 1,
  key: 'o1',
  service: 'orders',
  time: '2026-01-02T03:04:05.678Z',
  correlationId: 'c1',
  headers: {},
  encoding: 'json',
  data: '{}',
}
const numbered = (number: number): NewEvent => ({ ...event, id: `0198b5ab-2f6e-7d7a-9e5c-${String(number).padStart(12, '0')}` })

test('an event that keeps the rules is taken, with fields that nobody knows', () => {
  checkAppend([{ ...event, causationId: 'c', traceparent: 't', headers: { tenant: 'é' }, newField: 1 } as NewEvent])
  checkAppend(Array.from({ length: 1_000 }, (_, i) => numbered(i)))
})

test.each([
  ['id', undefined],
  ['id', ''],
  ['id', event.id.toUpperCase()],
  ['id', `${event.id}\n`],
  ['type', ''],
  ['type', 5],
  ['version', 0],
  ['version', 1.5],
  ['version', '1'],
  ['version', Number.NaN],
  ['key', ''],
  ['key', null],
  ['key', 'k'.repeat(513)],
  ['key', 'a\u0000'],
  ['key', '\ud800'],
  ['service', undefined],
  ['time', 'yesterday'],
  ['time', '1'],
  ['time', '2026-13-01T00:00:00Z'],
  ['time', '2026-01-01T00:00:00+02:00'],
  ['time', new Date()],
  ['correlationId', ''],
  ['correlationId', 'a\u0000'],
  ['causationId', 5],
  ['causationId', '\ud800'],
  ['traceparent', {}],
  ['traceparent', 'a\nb'],
  ['headers', null],
  ['headers', ['a']],
  ['headers', new Map([['a', 'b']])],
  ['encoding', ''],
  ['data', { a: 1 }],
  ['data', '"\ud800"'],
  ['data', '{"a":'],
  ['data', 'NaN'],
])('an event with %s %j is refused with that field', (field, value) => {
  expect(() => checkAppend([{ ...event, [field]: value } as NewEvent])).toThrow(
    expect.objectContaining({ code: 'LOG_EVENT_INVALID', path: field }),
  )
})

test('a header that is no text is refused with its name', () => {
  expect(() => checkAppend([{ ...event, headers: { tenant: 5 } as unknown as NewEvent['headers'] }])).toThrow(
    expect.objectContaining({ path: 'headers.tenant' }),
  )
})

test.each([
  ['signature', Number.NaN, 'signature'],
  ['signature', { by: 1n }, 'signature.by'],
  ['signature', [undefined], 'signature[0]'],
  ['\ud800', 1, '\ud800'],
])('a field that this release does not know, %j, is refused where JSON cannot carry it', (field, value, path) => {
  expect(() => checkAppend([{ ...event, [field]: value } as NewEvent])).toThrow(
    expect.objectContaining({ code: 'LOG_EVENT_INVALID', path }),
  )
})

test('one faulty event refuses the whole append', () => {
  expect(() => checkAppend([event, { ...numbered(1), version: 0 }])).toThrow(expect.objectContaining({ path: 'version' }))
})

test('an append without events is refused', () => {
  expect(() => checkAppend([])).toThrow(expect.objectContaining({ code: 'LOG_EVENT_INVALID' }))
})

test('1,001 events in one append are refused', () => {
  expect(() => checkAppend(Array.from({ length: 1_001 }, (_, i) => numbered(i)))).toThrow(
    expect.objectContaining({ code: 'LOG_EVENT_TOO_LARGE', limit: 'eventsPerAppend', maximum: 1_000, actual: 1_001 }),
  )
})

test('an id that comes twice in one append is refused', () => {
  expect(() => checkAppend([numbered(1), numbered(2), numbered(1)])).toThrow(
    expect.objectContaining({ code: 'LOG_EVENT_ID_REUSED', position: undefined }),
  )
})

test.each([
  ['bytes of its data', { data: `"${'x'.repeat(1_048_576)}"` }],
  ['bytes, not characters', { data: `"${'é'.repeat(600_000)}"` }],
  ['100 MB', { data: `"${'x'.repeat(100_000_000)}"` }],
  ['its headers', { headers: { h: 'x'.repeat(1_048_576) } }],
  ['a field that this release does not know', { fieldOfTomorrow: 'x'.repeat(1_048_576) }],
])('an event over 1 MiB by %s is refused', (_, part) => {
  expect(() => checkAppend([{ ...event, ...part }])).toThrow(
    expect.objectContaining({ code: 'LOG_EVENT_TOO_LARGE', limit: 'eventBytes', maximum: 1_048_576 }),
  )
})

test('data of 64 levels is taken, of 66 and of 100,000 refused', () => {
  const levels = (count: number): NewEvent => ({ ...event, data: `${'[{"a":'.repeat(count / 2)}1${'}]'.repeat(count / 2)}` })
  checkAppend([levels(64)])
  for (const count of [66, 100_000])
    expect(() => checkAppend([levels(count)])).toThrow(expect.objectContaining({ limit: 'nesting', actual: count }))
  checkAppend([{ ...event, data: JSON.stringify('[{"\\'.repeat(1_000)) }])
})

test('data in another encoding is not looked into', () => {
  checkAppend([{ ...event, encoding: 'aes-gcm', data: '[[[not json' }])
})

test('a key is any text of 1 to 512 characters without control characters', () => {
  for (const key of ['a', ' ', 'é 漢 🎉', '$where', 'a.b', '__proto__', 'k'.repeat(512)]) expect(keyFault(key)).toBeUndefined()
  for (const key of [undefined, null, 5, {}, '', 'k'.repeat(513), 'a\nb', '\u007f', '\udfff']) expect(keyFault(key)).toBeTypeOf('string')
})
