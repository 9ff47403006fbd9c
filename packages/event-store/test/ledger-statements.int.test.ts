import { DatabaseSync } from 'node:sqlite'
import type { Ledger } from '@tidings/core'
import type { SqliteHandle, SqliteValue } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import { fileOf, openLedger, putOne, rowsOf } from './open-ledger.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const table = 'create table book (id integer primary key, title text not null unique, pages integer check (pages > 0)) strict'

/** A ledger with a table of the user's own, migrated. */
async function shelf(directory: string, migration = table): Promise<Ledger<SqliteHandle>> {
  const ledger = await openLedger(directory, { migrations: [migration] })
  await ledger.prepare?.()
  return ledger
}

/** Runs one statement in a transaction of its own. */
function run(ledger: Ledger<SqliteHandle>, sql: string, ...values: SqliteValue[]): Promise<{ readonly changes: number }> {
  return ledger.transaction(({ db }) => db.run(sql, ...values))
}

const leavesTheTransaction = [
  'BEGIN',
  'begin immediate',
  'commit',
  'END',
  'end transaction',
  'rollback',
  'rollback to x',
  'savepoint x',
  'release x',
  "attach 'other.db' as other",
  'detach other',
  'vacuum',
  "vacuum into 'copy.db'",
  'pragma query_only = off',
  'pragma journal_mode = delete',
  '-- a comment\ncommit',
  '/* a comment */ commit',
  '/* one */ /* two */\t\n-- three\n commit',
  '\ufeffcommit',
  ';commit',
  ' ; ; /**/ ; commit',
  'explain commit',
  'explain query plan commit',
  'explain pragma journal_mode = delete',
  'create temp table t (a)',
  'create table temp.t (a)',
]

const writesOurs = [
  "insert into tidings_rows values ('x', '1')",
  "INSERT OR REPLACE INTO main.tidings_rows VALUES ('x', '1')",
  'insert into "tidings_rows" values (1, 2)',
  'insert into [TIDINGS_rows] values (1, 2)',
  'insert into `tidings_rows` values (1, 2)',
  "insert into 'tidings_rows' values (1, 2)",
  "replace into tidings_rows values ('x', '1')",
  "with a as (select 1) insert into tidings_rows select 'x', '1' from a",
  "update tidings_rows set value = '2'",
  "update or ignore tidings_rows set value = '2'",
  "update/**/tidings_rows set value = '2'",
  'delete from tidings_rows',
  'drop table tidings_rows',
  'drop table if exists main."tidings_rows"',
  'alter table tidings_rows rename to mine',
  'alter table tidings_rows add column extra',
  'create index i on tidings_rows (value)',
  'create table tidings_mine (a)',
  'create trigger t after insert on book begin delete from tidings_rows; end',
  "create trigger t after insert on tidings_rows begin select raise(abort, 'no'); end",
]

test('a statement that would leave the transaction is refused, whatever stands before it, and what was written before it stays', async () => {
  const directory = await temporaryDirectory()
  const ledger = await shelf(directory)
  await ledger.transaction(async (tx) => {
    await tx.db.run("insert into book values (1, 'first', 10)")
    for (const sql of leavesTheTransaction) {
      await expect(tx.db.run(sql), sql).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' })
      await expect(tx.db.all(sql), sql).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' })
    }
    await tx.db.run("insert into book values (2, 'second', 10)")
  })
  expect(await ledger.read(({ db }) => db.all('select id from book'))).toEqual([{ id: 1 }, { id: 2 }])
})

test('a handler reads the tables of Tidings and can change none of them', async () => {
  const directory = await temporaryDirectory()
  const ledger = await shelf(directory)
  await putOne(ledger, 'a', 'ours')
  for (const sql of writesOurs) await expect(run(ledger, sql), sql).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' })
  expect(await ledger.read(({ db }) => db.get('select key, value from tidings_rows'))).toEqual({ key: 'a', value: '"ours"' })
  expect(await rowsOf(ledger)).toEqual(['a=ours'])
})

test('words that only look like a refused statement are taken', async () => {
  const ledger = await shelf(await temporaryDirectory())
  await run(ledger, 'create table "commit" ("begin" text, tidings text)')
  await run(ledger, `insert into "commit" values ('commit; rollback -- tidings_rows', 'delete from tidings_rows')`)
  await run(ledger, '/* commit; */ insert into "commit" values (?, ?) -- rollback;', 'tidings_rows', 'update tidings_rows')
  await run(ledger, 'create trigger t after insert on book begin insert into "commit" values (new.title, case when 1 then \'x\' end); end;')
  await run(ledger, "insert into book values (1, 'first', 10) ;; -- the end")
  expect(await ledger.read(({ db }) => db.all('select count(*) as n from "commit"'))).toEqual([{ n: 3 }])
})

test('text after the first statement is refused, not left out', async () => {
  const ledger = await shelf(await temporaryDirectory())
  for (const sql of [
    "insert into book values (1, 'a', 1); insert into book values (2, 'b', 1)",
    'select 1; commit',
    "insert into book values (1, 'a', 1);/**/;drop table book",
    "insert into book values (1, 'a', 1)\0; insert into book values (2, 'b', 1)",
  ]) {
    await expect(run(ledger, sql), sql).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' })
  }
  expect(await ledger.read(({ db }) => db.all('select * from book'))).toEqual([])
})

test('what is no statement gives a typed error', async () => {
  const ledger = await shelf(await temporaryDirectory())
  for (const sql of ['', ' ', '-- only a comment', 'nonsense', 'select', 'select * from nowhere', "insert into book values ('x"]) {
    for (const how of ['run', 'get', 'all'] as const) {
      await expect(
        ledger.transaction(({ db }): Promise<unknown> => db[how](sql)),
        `${how} ${sql}`,
      ).rejects.toMatchObject({ code: expect.stringMatching(/^STATEMENT_(FAILED|REFUSED)$/), retryable: false })
    }
  }
  // A caller in plain JavaScript may give anything.
  await expect(run(ledger, undefined as unknown as string)).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' })
})

test('a value that SQLite cannot store as it is is refused by its number, and nothing is written', async () => {
  const ledger = await shelf(await temporaryDirectory())
  const unfit: unknown[] = [
    undefined,
    true,
    new Date(0),
    Number.NaN,
    { a: 1 },
    [1],
    () => 1,
    Symbol('s'),
    2n ** 64n,
    '\ud800',
    Object.create(null),
  ]
  for (const value of unfit) {
    // A caller in plain JavaScript may give anything.
    await expect(run(ledger, 'insert into book values (1, ?, ?)', 'title', value as SqliteValue), typeof value).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('value 2 '),
    })
  }
  for (const values of [[], ['one'], ['one', 'two', 'three']]) {
    await expect(run(ledger, 'insert into book values (1, ?, ?)', ...values)).rejects.toMatchObject({ code: 'STATEMENT_FAILED' })
  }
  expect(await ledger.read(({ db }) => db.all('select * from book'))).toEqual([])
})

test('values come back as they were given', async () => {
  const ledger = await shelf(await temporaryDirectory(), 'create table cell (value)')
  const values: SqliteValue[] = [
    null,
    '',
    'text',
    '\u{1f600}',
    0,
    5,
    -7,
    2 ** 53 - 1,
    1.5,
    -0.25,
    new Uint8Array([1, 0, 255]),
    new Uint8Array(),
  ]
  await ledger.transaction(async ({ db }) => {
    for (const value of values) await db.run('insert into cell values (?)', value)
  })
  const rows = await ledger.read(({ db }) => db.all<{ value: SqliteValue }>('select value from cell order by rowid'))
  expect(rows.map(({ value }) => value)).toEqual(values)
  expect(await ledger.read(({ db }) => db.get("select count(*) as n from cell where typeof(value) = 'integer'"))).toEqual({ n: 4 })
})

test('text with a NUL comes back whole, or is refused where the running Node would cut it off', async () => {
  const ledger = await shelf(await temporaryDirectory(), 'create table cell (value)')
  const written = await run(ledger, 'insert into cell values (?)', 'a\0b').catch((error: unknown) => error)
  const row = await ledger.read(({ db }) => db.get('select value from cell'))
  if (written instanceof Error) expect([written, row]).toMatchObject([{ code: 'STATEMENT_FAILED' }, undefined])
  else expect(row).toEqual({ value: 'a\0b' })
})

test('an integer that a number cannot carry is an error that shows the way, and the statement that answered it wrote nothing', async () => {
  const ledger = await shelf(await temporaryDirectory())
  await run(ledger, "insert into book values (1, 'first', 10)")
  await ledger.transaction(async ({ db }) => {
    await expect(db.get('update book set pages = ? returning pages', 2n ** 60n)).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('cast('),
    })
  })
  expect(await ledger.read(({ db }) => db.get('select pages from book'))).toEqual({ pages: 10 })
})

test('a broken constraint is told apart by its kind, undoes its statement alone, and shows no value', async () => {
  const ledger = await shelf(await temporaryDirectory())
  await run(ledger, 'create table author (id integer primary key, book integer references book)')
  const broken: [sql: string, constraint: string][] = [
    ["insert into book values (1, 'again', 1)", 'unique'],
    ["insert into book values (2, 'secret', 1)", 'unique'],
    ['insert into book values (2, null, 1)', 'not null'],
    ["insert into book values (2, 'other', -1)", 'check'],
    ["insert into book values (2, 'other', 'many')", 'datatype'],
    ['insert into author values (1, 99)', 'foreign key'],
  ]
  await ledger.transaction(async ({ db }) => {
    await db.run("insert into book values (1, 'secret', 1)")
    for (const [sql, constraint] of broken) {
      const error: unknown = await db.run(sql).catch((reason: unknown) => reason)
      expect(error, sql).toMatchObject({ code: 'STATEMENT_FAILED', retryable: false, constraint })
      expect(String(error)).not.toMatch(/secret|99/)
    }
  })
  expect(await ledger.read(({ db }) => db.all('select id from book'))).toEqual([{ id: 1 }])
})

test('a query can write nothing, by whatever statement', async () => {
  const ledger = await shelf(await temporaryDirectory())
  await run(ledger, "insert into book values (1, 'first', 10)")
  for (const sql of [
    "insert into book values (2, 'b', 1)",
    'delete from book',
    "update book set title = 'x' returning id",
    'create table more (a)',
    'drop table book',
  ]) {
    for (const how of ['run', 'get', 'all'] as const) {
      await expect(
        ledger.read(({ db }): Promise<unknown> => db[how](sql)),
        `${how} ${sql}`,
      ).rejects.toMatchObject({ code: 'READ_ONLY_TRANSACTION' })
    }
  }
  expect(await ledger.read(({ db }) => db.all('select id, title from book'))).toEqual([{ id: 1, title: 'first' }])
})

test('changes counts the rows of its own statement, and is 0 where SQLite counts none', async () => {
  const ledger = await shelf(await temporaryDirectory())
  await ledger.transaction(async ({ db }) => {
    expect(await db.run("insert into book values (1, 'a', 1), (2, 'b', 1), (3, 'c', 1)")).toEqual({ changes: 3 })
    expect(await db.run('create table empty (a)')).toEqual({ changes: 0 })
    expect(await db.run('update book set pages = 2 where id > ?', 1)).toEqual({ changes: 2 })
    expect(await db.run('with a as (select 1 as id) delete from book where id in (select id from a)')).toEqual({ changes: 1 })
    expect(await db.run('delete from book where id = 99')).toEqual({ changes: 0 })
  })
})

test('tables are made and changed by every means that stays in the database', async () => {
  const ledger = await shelf(await temporaryDirectory())
  for (const sql of [
    "insert into book values (1, 'first', 10)",
    "alter table book add column shelf text not null default 'A' check (shelf <> '')",
    'alter table book rename column pages to sheets',
    'alter table book drop column shelf',
    'create index by_sheets on book (sheets) where sheets > 1',
    'create unique index if not exists main.by_title on book (title collate nocase)',
    'create view long as select * from book where sheets > 5',
    'create virtual table words using fts5 (title)',
    'insert into words select title from book',
    'create virtual table places using rtree (id, low, high)',
    'insert into places values (1, 2, 3)',
    'create table kept as select key, value from tidings_rows',
    'drop view long',
    'alter table book rename to volume',
    'reindex by_sheets',
    'analyze volume',
    'drop table words',
    'drop table places',
  ]) {
    await ledger.transaction(({ db }) => db.run(sql)).catch((error: unknown) => expect.fail(`${sql}: ${String(error)}`))
    if (sql.startsWith('insert into book')) await putOne(ledger, 'a', 'ours')
  }
  expect(await ledger.read(({ db }) => db.all('select * from volume, kept'))).toEqual([
    { id: 1, title: 'first', sheets: 10, key: 'a', value: '"ours"' },
  ])
})

test('a table that was changed under prepared statements, by this process or another, is used as it is now', async () => {
  const directory = await temporaryDirectory()
  const ledger = await shelf(directory)
  const titles = () => ledger.read(({ db }) => db.all('select * from book'))
  await run(ledger, "insert into book values (1, 'first', 10)")
  expect(await titles()).toEqual([{ id: 1, title: 'first', pages: 10 }])
  await run(ledger, "alter table book add column shelf text default 'A'")
  expect(await titles()).toEqual([{ id: 1, title: 'first', pages: 10, shelf: 'A' }])
  const other = new DatabaseSync(fileOf(directory))
  other.exec('alter table book drop column shelf')
  other.close()
  expect(await titles()).toEqual([{ id: 1, title: 'first', pages: 10 }])
})
