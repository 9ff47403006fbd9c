import type { Json } from '@tidings/core'
import { BSON } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { type RowDocument, toDocument, toValue } from './row-document.ts'

/** The document as it comes back from the server. */
function stored(value: Json): RowDocument {
  return BSON.deserialize(BSON.serialize(toDocument('rows/a', value))) as RowDocument
}

const nested = (depth: number): Json => (depth === 0 ? 'deep' : [nested(depth - 1)])

describe('a value of a row', () => {
  test.each<[string, Json]>([
    ['an object', { text: 'é 😀', flag: true, nothing: null, list: [1, 'a', [], {}], nested: { deeper: { deepest: 0 } } }],
    ['a text', ''],
    ['null', null],
    ['a large number', 1.7976931348623157e308],
    ['the largest whole number', Number.MAX_SAFE_INTEGER],
    ['a small number', 5e-324],
  ])('is kept as it is where BSON has its equal: %s', (_what, value) => {
    const document = stored(value)
    expect(document).not.toHaveProperty('json')
    expect(toValue(document)).toEqual(value)
  })

  test.each<[string, Json]>([
    ['a name with a dollar', { $set: 1 }],
    ['a name with a dot', { 'a.b': { c: 1 } }],
    ['an empty name', { a: { '': 1 } }],
    ['a name with a NUL', { 'a\0b': 1 }],
    ['a prototype', JSON.parse('{ "__proto__": { "a": 1 } }')],
    ['a type of BSON', { _bsontype: 'ObjectId', id: 'x' }],
    ['a reference of MongoDB', { $ref: 'a', $id: 'b' }],
    ['a lone surrogate', { text: '\ud800' }],
    ['many levels', nested(150)],
  ])('comes back as it was also where BSON has no equal for it: %s', (_what, value) => {
    const document = stored(value)
    expect(document).toHaveProperty('json')
    expect(toValue(document)).toEqual(value)
  })

  test.each<[string, unknown]>([
    ['minus zero', -0],
    ['NaN', { a: Number.NaN }],
    ['a date', { at: new Date(0) }],
    ['undefined', { a: undefined, b: [undefined] }],
    ['what says itself how it is JSON', { toJSON: () => 'itself' }],
  ])('becomes what JSON makes of it: %s', (_what, value) => {
    expect(toValue(stored(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
  })

  test('is copied, so that what its owner does to it later changes nothing', () => {
    const value = { lines: [1] }
    const document = toDocument('rows/a', value)
    value.lines.push(2)
    expect(toValue(document)).toEqual({ lines: [1] })
  })

  test('that is none is refused', () => {
    expect(() => toDocument('rows/a', undefined as unknown as Json)).toThrow(TypeError)
    expect(() => toDocument('rows/a', 1n as unknown as Json)).toThrow(TypeError)
  })
})
