import { DatabaseSync } from 'node:sqlite'
import type { Ledger } from '@tidings/core'
import { type SqliteHandle, type SqliteOptions, sqlite } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import { fileOf, openLedger, putOne, rowsOf } from './open-ledger.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const books = 'create table book (id integer primary key, title text not null) strict'
const pages = 'alter table book add column pages integer; update book set pages = 1; -- the end'
const first = "insert into book (id, title) values (1, 'semicolons; in text'); insert into book (id, title) values (2, 'b');"

async function migrated(directory: string, migrations: readonly string[]): Promise<Ledger<SqliteHandle>> {
  const ledger = await openLedger(directory, { migrations })
  await ledger.prepare?.()
  return ledger
}

function all(ledger: Ledger<SqliteHandle>): Promise<object[]> {
  return ledger.read(({ db }) => db.all('select * from book order by id'))
}

/** Everything that stands in the file, to see that nothing was changed. */
function contents(directory: string): unknown {
  const database = new DatabaseSync(fileOf(directory))
  try {
    const schema = database.prepare('select name, sql from sqlite_schema order by name').all()
    return [
      schema,
      schema
        .filter(({ sql }) => String(sql).startsWith('CREATE TABLE'))
        .map(({ name }) => database.prepare(`select * from "${name}"`).all()),
    ]
  } finally {
    database.close()
  }
}

test('migrations run once, in order, and new ones when they are added', async () => {
  const directory = await temporaryDirectory()
  const one = await migrated(directory, [books, first])
  expect(await all(one)).toEqual([
    { id: 1, title: 'semicolons; in text' },
    { id: 2, title: 'b' },
  ])
  await one.close()
  const two = await migrated(directory, [books, first, pages])
  expect(await all(two)).toEqual([
    { id: 1, title: 'semicolons; in text', pages: 1 },
    { id: 2, title: 'b', pages: 1 },
  ])
  await two.close()
  expect(await all(await migrated(directory, [books, first, pages]))).toHaveLength(2)
})

test('of several instances that start at once one migrates, and the others find it done', async () => {
  const directory = await temporaryDirectory()
  const ledgers = await Promise.all(Array.from({ length: 8 }, () => migrated(directory, [books, first, pages])))
  for (const ledger of ledgers) expect(await all(ledger)).toHaveLength(2)
})

test('a migration that has changed or is missing is refused by its number, and nothing is changed', async () => {
  const directory = await temporaryDirectory()
  await (await migrated(directory, [books, first])).close()
  const before = contents(directory)
  for (const [migrations, number] of [
    [[`${books} `, first], 1],
    [[books, first.replace('b', 'c'), pages], 2],
    [[books], 2],
    [[], 1],
    [[first, books], 1],
  ] as const) {
    await expect(migrated(directory, migrations)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED', migration: number, retryable: false })
    expect(contents(directory)).toEqual(before)
  }
})

test('a migration that fails leaves nothing of itself or of those beside it, and is named by its number', async () => {
  const directory = await temporaryDirectory()
  for (const broken of ['insert into book (id) values (1)', 'nonsense', `${first} insert into book (id, title) values (1, 'again')`]) {
    await expect(migrated(directory, [books, first, broken])).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('migration 3'),
    })
  }
  expect(contents(directory)).toEqual([[], []])
  expect(await all(await migrated(directory, [books, first]))).toHaveLength(2)
})

test('a migration that would end its transaction or change what is Tidings own is refused, and nothing of it stays', async () => {
  const directory = await temporaryDirectory()
  const ledger = await openLedger(directory)
  await putOne(ledger, 'a', 'ours')
  await ledger.close()
  const before = contents(directory)
  for (const script of [
    'commit',
    'create table a (b); commit; create table c (d)',
    'drop table tidings_rows',
    'pragma user_version = 3',
    '\0',
    'create table a (b)\0; commit',
  ]) {
    await expect(migrated(directory, [books, script]), script).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('migration 2'),
    })
    expect(contents(directory)).toEqual(before)
  }
})

test('opening alone runs no migration, so that nothing of a database that belongs to another is changed', async () => {
  const directory = await temporaryDirectory()
  const ledger = await openLedger(directory, { migrations: [books] })
  expect(await rowsOf(ledger)).toEqual([])
  await ledger.close()
  expect(contents(directory)).toEqual([[], []])
})

test('options at fault are refused, all together', () => {
  // Callers in plain JavaScript may give anything.
  const options = { file: '', migrations: [1], lockTimeoutMs: -1 } as unknown as SqliteOptions
  expect(() => sqlite(options)).toThrow(
    expect.objectContaining({ code: 'DEFINITION_INVALID', message: expect.stringMatching(/file.*migrations.*lockTimeoutMs/) }),
  )
  for (const file of [':memory:', 'file:a.db', 'a\0b'])
    expect(() => sqlite({ file }), file).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }))
  expect(() => sqlite({ lockTimeoutMs: Number.NaN })).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }))
})
