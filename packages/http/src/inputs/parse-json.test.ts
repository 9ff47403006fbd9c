import { expect, test } from 'vitest'
import { parseJson } from './parse-json.ts'

const parse = (text: string): unknown => parseJson(new TextEncoder().encode(text))

test.each(['{"a":{"b":[1,{"c":":"}]},"d":"\\"{:"}', '[]', '"a:b"', '1', 'null', ' {"a" : 1 } ', '{"":1}'])(
  '%s is read as JSON.parse reads it',
  (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  },
)

test.each([
  ['{"a":1,"a":1}', 'a'],
  ['{"a":{"x":1},"b":[[],[{"y":1},{"y":1,"z":2,\n "z"\t:3}]]}', 'b[1][1].z'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ['[{"a":1},{"a":1,"\\u0061":2}]', '[1].a'],
])('in %s the key that comes twice is found', (text, path) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'BODY_MALFORMED', faults: [{ path, message: 'has a key that comes twice' }] }),
  )
})

test('a __proto__ key becomes a property and no prototype', () => {
  const value = parse('{"__proto__":{"admin":true}}') as object
  expect(Object.keys(value)).toEqual(['__proto__'])
  expect('admin' in value).toBe(false)
})
