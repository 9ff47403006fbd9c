import { expect, test } from 'vitest'
import { idsBetween, keyIn, rowId } from './row-id.ts'

const tables = ['a', 'a/b', 'a%2Fb', 'a%', 'a0', 'a.', '', '/', 'é']
const keys = ['', '/', '0', 'b', 'b/c', '\u0000', '\uffff', '\u{10000}']

function inBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

test('a row of one table is in no range of another, whatever they are called', () => {
  for (const table of tables) {
    const { $gte, $lt } = idsBetween(table)
    for (const other of tables) {
      for (const key of keys) {
        const id = rowId(other, key)
        expect(inBytes(id, $gte) >= 0 && inBytes(id, $lt) < 0).toBe(other === table)
        expect(keyIn(other, id)).toBe(key)
      }
    }
  }
})

test('a range holds the keys from the first on and before the second', () => {
  const { $gte, $lt } = idsBetween('rows', 'b', 'b/c')
  const inside = keys.filter((key) => inBytes(rowId('rows', key), $gte) >= 0 && inBytes(rowId('rows', key), $lt) < 0)
  expect(inside).toEqual(['b'])
})

test('a bound that is no text is refused', () => {
  expect(() => idsBetween('rows', '\ud800')).toThrow(TypeError)
  expect(() => idsBetween('rows', undefined, '\ud800')).toThrow(TypeError)
})
