import { expect, test } from 'vitest'
import * as z from 'zod'
import { refuseIgnoredFields, refuseUnknownFields } from './refuse-unknown-fields.ts'

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

const renaming = z
  .object({ first: z.string(), last: z.string().optional(), at: z.number().default(() => 1) })
  .transform(({ first, last, at }) => ({ name: `${first} ${last}`, at }))
const refused = (schema: z.ZodType, value: unknown): Promise<void> => refuseIgnoredFields(schema, value, schema.parse(value), 'value')

test('a field of which the schema makes another one is known', async () => {
  await refused(renaming, { first: 'Ada', last: 'Byron' })
  await refused(z.object({ people: z.array(renaming) }), { people: [{ first: 'Ada', last: 'Byron' }, { first: 'Bob' }] })
  await refused(
    z.object({ y: z.number(), m: z.number() }).transform(({ y, m }) => new Date(y, m)),
    { y: 2026, m: 1 },
  )
})

test('a field that changes nothing is unknown, whatever the schema makes of the others', async () => {
  await expect(refused(renaming, { first: 'Ada', lst: 'Byron' })).rejects.toMatchObject({ faults: [{ path: 'lst' }] })
  await expect(refused(z.array(renaming), [{ first: 'Ada' }, { first: 'Bob', lst: 'Byron' }])).rejects.toMatchObject({
    faults: [{ path: '[1].lst' }],
  })
  await expect(refused(schema, { id: '1', nots: 'x' })).rejects.toMatchObject({ faults: [{ path: 'nots' }] })
})

test('where chance is in the output an unknown field is refused all the same', async () => {
  const random = z.object({ id: z.string().default(() => crypto.randomUUID()), note: z.string().optional() })
  await expect(refused(random, { nots: 'x' })).rejects.toMatchObject({ faults: [{ path: 'nots' }] })
})

test('thousands of unknown fields are refused at the cost of one parse', async () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, i]))
  let parses = 0
  const counting = z.object({ id: z.string() }).transform((value) => {
    parses++
    return { other: value.id }
  })
  await expect(refused(counting, { id: '1', ...many })).rejects.toMatchObject({ code: 'CONTRACT_VIOLATION' })
  expect(parses).toBe(1)
})
