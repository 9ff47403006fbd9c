import { expect, test } from 'vitest'
import * as z from 'zod'
import { refuseUnknownFields } from './refuse-unknown-fields.ts'

const schema = z.object({
  id: z.string(),
  note: z.string().optional(),
  at: z.coerce.date().optional(),
  lines: z.array(z.object({ sku: z.string() })).default([]),
  free: z.looseObject({}).optional(),
  any: z.unknown().optional(),
})

test.each([
  ['all fields', { id: '1', note: 'x', at: '2026-01-01', lines: [{ sku: 'a' }] }],
  ['defaults left out', { id: '1' }],
  ['fields that are undefined', { id: '1', nonsense: undefined }],
  ['fields that the schema lets through', { id: '1', free: { whatever: { deep: 1 } }, any: { x: { y: 1 } } }],
])('a value with %s is taken', (_, value) => {
  refuseUnknownFields(value, schema.parse(value), 'value')
})

test('every unknown field is told with its path', () => {
  const value = { id: '1', nots: 'x', lines: [{ sku: 'a' }, { sku: 'b', 'pri.ce': 1 }], $where: 1 }
  expect(() => refuseUnknownFields(value, schema.parse(value), 'value')).toThrow(
    expect.objectContaining({
      faults: [
        { path: 'nots', message: 'unknown field' },
        { path: 'lines[1].pri.ce', message: 'unknown field' },
        { path: '$where', message: 'unknown field' },
      ],
    }),
  )
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'a field %s is unknown like any other, though every object has one',
  (field) => {
    const value: unknown = JSON.parse(`{"id":"1","${field}":{"x":1}}`)
    expect(() => refuseUnknownFields(value, schema.parse(value), 'value')).toThrow(
      expect.objectContaining({ faults: [{ path: field, message: 'unknown field' }] }),
    )
  },
)
