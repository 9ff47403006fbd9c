import { expect, test } from 'vitest'
import { compileShape } from './compile-shape.ts'
import { DataCopier } from './data-copier.ts'
import { shapeOf } from './shape.ts'

const samples: readonly unknown[] = [
  { a: 'x', b: 1, c: 1.5, d: true, e: null },
  {
    lines: [
      { sku: 'a', tags: ['x', 1, null] },
      { sku: 'b', tags: [] },
    ],
    matrix: [[1, 2], [3]],
    none: [],
  },
  { deep: { deeper: { deepest: [{ x: [{ y: 1 }] }] } } },
  {},
  [],
  [{ a: 1 }, { a: 2 }],
  'text',
  5,
  null,
  { 'a"b': 1, "c'd": 2, '\\': 3, '${x}': 4, '\u2028': 5, 'e\nf': 6, constructor: 7, toString: 8, '': 9, 'return false': 10 },
]

const compiled = (sample: unknown) => compileShape(shapeOf(sample) ?? expect.fail('it has no shape')) ?? expect.fail('it was not compiled')

test.each(samples)('data like %j fits its own shape, and its copy is equal and shares nothing', (sample) => {
  const { fits, copy } = compiled(sample)
  expect(fits(sample, sample)).toBe(true)
  const copied = copy(sample)
  expect(copied).toEqual(sample)
  expect(sharedIn(copied, new Set(objectsIn(sample)))).toEqual([])
})

test('data of another shape fits none', () => {
  for (const [i, sample] of samples.entries()) {
    const { fits } = compiled(sample)
    for (const [j, other] of samples.entries()) {
      // An empty list is like any other list.
      if (JSON.stringify(other) !== '[]' && JSON.stringify(shapeOf(sample)) !== JSON.stringify(shapeOf(other)))
        expect([i, j, fits(other, other)]).toEqual([i, j, false])
    }
  }
})

const sample = { id: 'x', amount: 5, lines: [{ sku: 'a' }], by: { name: 'y' } }
test.each([
  ['an unknown field', { ...sample, more: 1 }, sample],
  ['an unknown field in depth', { ...sample, by: { name: 'y', more: 1 } }, sample],
  ['an unknown field in a list', { ...sample, lines: [{ sku: 'a', more: 1 }] }, sample],
  ['a field less', sample, { id: 'x', amount: 5, lines: [] }],
  ['a field more', sample, { ...sample, more: 1 }],
  ['another field', sample, { id: 'x', amount: 5, lines: [], other: { name: 'y' } }],
  ['a field that is undefined', sample, { ...sample, id: undefined }],
  ['a date', sample, { ...sample, id: new Date() }],
  ['a date for an object', sample, { ...sample, by: new Date() }],
  ['an object with a prototype', sample, { ...sample, by: Object.create({ name: 'y' }) }],
  ['a list for an object', sample, { ...sample, by: ['y'] }],
  ['an object for a list', sample, { ...sample, lines: { 0: { sku: 'a' }, length: 1 } }],
  ['mixed items', sample, { ...sample, lines: [{ sku: 'a' }, 'b'] }],
  ['NaN', sample, { ...sample, amount: Number.NaN }],
  ['an endless number', sample, { ...sample, amount: Number.NEGATIVE_INFINITY }],
  ['an integer past 2^53', sample, { ...sample, amount: 2 ** 53 }],
  ['a BigInt', sample, { ...sample, amount: 5n }],
  ['a function', sample, { ...sample, id: () => 'x' }],
  ['nothing', sample, undefined],
])('with %s data does not fit', (_, given, parsed) => {
  expect(compiled(sample).fits(given, parsed)).toBe(false)
})

test('a default that the schema added fits, and is copied', () => {
  const { fits, copy } = compiled({ id: 'x', state: 'open' })
  expect(fits({ id: 'x' }, { id: 'x', state: 'open' })).toBe(true)
  expect(copy({ id: 'x', state: 'open' })).toEqual({ id: 'x', state: 'open' })
})

test('data of many shapes is checked and copied all the same', () => {
  const copier = new DataCopier('orders.order-placed')
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 30; i++) {
      const data = { [`field${i}`]: { inner: [i] }, all: i % 2 === 0 ? null : [i] }
      expect(copier.check(data, data)(data)).toEqual(data)
      expect(() => copier.check({ ...data, unknown: 1 }, data)).toThrow(
        expect.objectContaining({ faults: [{ path: 'unknown', message: 'unknown field' }] }),
      )
    }
  }
})

test('data with more fields than are worth compiling is checked and copied all the same', () => {
  const copier = new DataCopier('orders.order-placed')
  const data = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`field${i}`, i]))
  for (let i = 0; i < 2; i++) expect(copier.check(data, data)(data)).toEqual(data)
  expect(shapeOf(data)).toBeUndefined()
})

test('names of fields are never run as code', () => {
  const hostile = {
    '"]; globalThis.polluted = 1; p["': 1,
    '*/ globalThis.polluted = 1 /*': 2,
    '\\"]; globalThis.polluted = 1; //': { '`${globalThis.polluted = 1}`': 3 },
  }
  const copier = new DataCopier('orders.order-placed')
  for (let i = 0; i < 2; i++) expect(copier.check(hostile, hostile)(hostile)).toEqual(hostile)
  expect('polluted' in globalThis).toBe(false)
})

function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(objectsIn)]
}

function sharedIn(value: unknown, others: ReadonlySet<object>): object[] {
  return objectsIn(value).filter((object) => others.has(object))
}
