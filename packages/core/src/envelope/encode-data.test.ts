import { expect, test } from 'vitest'
import { encodeData } from './encode-data.ts'

test.each([
  ['every kind of value', { a: 'x', b: 1.5, c: true, d: null, e: [1, [2, { f: [] }]], g: {} }],
  ['text of every kind', ['', ' ', 'é 漢字 🎉', '\u0000\u001f\u007f', '"\\\n\u2028', '\ufffd\ufeff']],
  ['numbers at the edges', [0, -1, 2 ** 53 - 1, 1 - 2 ** 53, 5e-324, 2 ** 51 + 0.5, 0.1 + 0.2]],
  ['keys that look like something else', { $where: 1, 'a.b': 2, '': 3, constructor: 4, toString: 5, 'a\u0000b': 6 }],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ['a text at the top', 'text'],
])('%s comes back exactly', (_, value) => {
  expect(JSON.parse(encodeData(value, 'value'))).toEqual(value)
})

test('properties that are undefined count as absent', () => {
  expect(encodeData({ a: undefined, b: 1 }, 'value')).toBe('{"b":1}')
})

class Money {
  readonly cents = 5
}
const holed = [1, 2, 3]
delete holed[1]
const cyclic: { self?: unknown } = {}
cyclic.self = cyclic

test.each([
  ['NaN', { a: [Number.NaN] }, 'a[0]', 'is NaN'],
  ['an endless number', { a: Number.POSITIVE_INFINITY }, 'a', 'is Infinity'],
  ['an integer past 2^53', { a: 2 ** 53 }, 'a', 'past 2^53'],
  ['a negative integer past 2^53', { a: -(2 ** 60) }, 'a', 'past 2^53'],
  ['a BigInt', { a: 1n }, 'a', 'is a bigint'],
  ['a symbol', { a: Symbol('x') }, 'a', 'is a symbol'],
  ['a function', { a: () => 1 }, 'a', 'is a function'],
  ['undefined', undefined, '', 'is undefined'],
  ['undefined in a list', { a: [undefined] }, 'a[0]', 'is undefined'],
  ['a hole in a list', holed, '[1]', 'is undefined'],
  ['a date', { a: { b: new Date() } }, 'a.b', 'is a Date'],
  ['a map', { a: new Map() }, 'a', 'is a Map'],
  ['bytes', { a: new Uint8Array(2) }, 'a', 'is a Uint8Array'],
  ['an instance of a class', { a: new Money() }, 'a', 'is a Money'],
  ['an object with a prototype of its own', { a: Object.create({ b: 1 }) }, 'a', 'JSON would change'],
  ['a toJSON method', { a: { toJSON: () => 1 } }, 'a', 'toJSON'],
  ['a lone surrogate', { a: 'x\ud800' }, 'a', 'lone surrogate'],
  ['a lone surrogate in a key', { a: { '\udc00': 1 } }, 'a', 'lone surrogate'],
  ['a __proto__ key', { a: JSON.parse('{"__proto__":{"x":1}}') }, 'a.__proto__', 'cannot be trusted'],
])('%s is refused with its path', (_, value, path, reason) => {
  expect(() => encodeData(value, 'orders.order-placed')).toThrow(
    expect.objectContaining({ code: 'LOG_EVENT_INVALID', path, message: expect.stringContaining(reason) }),
  )
})

function nested(levels: number): unknown {
  let value: unknown = 'core'
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

test('64 levels of nesting are taken, and one more is refused', () => {
  expect(JSON.parse(encodeData(nested(64), 'value'))).toEqual(nested(64))
  expect(() => encodeData(nested(65), 'value')).toThrow(
    expect.objectContaining({ code: 'LOG_EVENT_TOO_LARGE', limit: 'nesting', maximum: 64 }),
  )
})

test.each([
  ['100,000 levels', nested(100_000)],
  ['a circle', cyclic],
])('%s of nesting are refused without harm', (_, value) => {
  expect(() => encodeData(value, 'value')).toThrow(expect.objectContaining({ code: 'LOG_EVENT_TOO_LARGE' }))
})
