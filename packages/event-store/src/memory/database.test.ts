import { expect, test } from 'vitest'
import { MemoryDatabase } from './database.ts'

/** Writes rows of one table in a transaction of its own. */
function write(database: MemoryDatabase, rows: Readonly<Record<string, string | undefined>>, dropped = false): boolean {
  const snapshot = database.openSnapshot()
  const done = database.commit(snapshot, new Map([['rows', { dropped, rows: new Map(Object.entries(rows)) }]]))
  database.closeSnapshot(snapshot)
  return done
}

test('an older state is there for as long as somebody looks at it, and forgotten then', () => {
  const database = new MemoryDatabase()
  write(database, { a: '1', b: '1' })
  const [first, second] = [database.openSnapshot(), database.openSnapshot()]
  write(database, { a: '2', b: undefined })
  const third = database.openSnapshot()
  write(database, { a: '3' }, true)
  database.closeSnapshot(first)
  expect([database.get(second, 'rows', 'a'), database.get(second, 'rows', 'b')]).toEqual(['1', '1'])
  expect([database.get(third, 'rows', 'a'), database.get(third, 'rows', 'b')]).toEqual(['2', undefined])
  database.closeSnapshot(second)
  expect(database.get(second, 'rows', 'a')).toBeUndefined()
  expect(database.get(third, 'rows', 'a')).toBe('2')
  database.closeSnapshot(third)
  expect(database.get(third, 'rows', 'a')).toBeUndefined()
  expect(database.get(database.openSnapshot(), 'rows', 'a')).toBe('3')
})

test('removed rows and dropped tables do not pile up', () => {
  const database = new MemoryDatabase()
  for (let i = 0; i < 3_000; i++) {
    write(database, { [`row ${i}`]: '1', kept: String(i) })
    // Looked at in between, so that the order of the keys is kept as well.
    database.keys('rows', undefined, undefined)
    if (i % 2 === 0) write(database, { [`row ${i}`]: undefined })
    else write(database, {}, true)
  }
  expect(database.keys('rows', undefined, undefined)).toEqual([])
  write(database, { last: '1' })
  const looking = database.openSnapshot()
  write(database, { last: undefined })
  expect(database.keys('rows', undefined, undefined)).toEqual(['last'])
  database.closeSnapshot(looking)
  expect(database.keys('rows', undefined, undefined)).toEqual([])
})

test('the first of two that wrote one row commits, also where one dropped the table or the row was forgotten meanwhile', () => {
  for (const [one, other] of [
    [{ a: '2' }, { a: '3' }],
    [{ a: undefined }, { a: '3' }],
    [{ a: '2' }, { a: undefined }],
    [{ c: '2' }, { c: '3' }],
  ] as const) {
    for (const dropped of [false, true]) {
      const database = new MemoryDatabase()
      write(database, { a: '1', b: '1' })
      const snapshot = database.openSnapshot()
      expect(write(database, one, dropped)).toBe(true)
      expect(write(database, { other: '1' })).toBe(true)
      const late = new Map([['rows', { dropped: false, rows: new Map(Object.entries(other)) }]])
      expect(database.commit(snapshot, late)).toBe(false)
      expect(database.commit(snapshot, new Map([['rows', { dropped: true, rows: new Map() }]]))).toBe(false)
      expect(database.commit(snapshot, new Map([['rows', { dropped: false, rows: new Map([['b', '2']]) }]]))).toBe(!dropped)
      database.closeSnapshot(snapshot)
    }
  }
})
