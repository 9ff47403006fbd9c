import { StatementRefused } from '@tidings/core'
import { expect, test } from 'vitest'
import { checkScript, checkStatement } from './check-statement.ts'

// On releases of Node without an authorizer these checks stand alone, so they are tested without SQLite behind them.

test('what would leave the transaction or the connection is refused by its text alone', () => {
  for (const keyword of ['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT a', 'RELEASE a', 'ATTACH a', 'DETACH a', 'VACUUM', 'PRAGMA a']) {
    for (const before of [
      '',
      ' \n\t',
      '\n\v',
      '\ufeff',
      ';',
      ';;/**/;',
      '--x\n',
      '/* ; */',
      '/*a*/--b\r\n/*c*/',
      'explain ',
      'EXPLAIN/**/QUERY--\nPLAN ',
    ]) {
      for (const text of [before + keyword, before + keyword.toLowerCase(), `${before}${keyword};`]) {
        expect(() => checkStatement(text), text).toThrow(StatementRefused)
        expect(() => checkScript(`select 1; ${text}`), text).toThrow(StatementRefused)
      }
    }
  }
})

test('what would change a table of Tidings is refused by its text alone, however the name is written', () => {
  for (const name of [
    'tidings_a',
    'TIDINGS_A',
    '"tidings_a"',
    "'tidings_a'",
    '[tidings_a]',
    '`tidings_a`',
    'main.tidings_a',
    '"main" . /**/ "tidings_a"',
  ]) {
    for (const text of [
      `insert into ${name} values (1)`,
      `insert or ignore into ${name} select 1`,
      `replace into ${name} values (1)`,
      `with a as (select 1) insert into ${name} select * from a`,
      `update ${name} set a = 1`,
      `update or replace ${name} set a = 1`,
      `with a as (select 1) update ${name} set a = 1`,
      `delete from ${name}`,
      `drop table if exists ${name}`,
      `alter table ${name} add column a`,
      `create table ${name} (a)`,
      `create table if not exists ${name} (a)`,
      `create view ${name} as select 1`,
      `create index a on ${name} (a)`,
      `create trigger a after insert on b begin select 1; delete from ${name}; end`,
      `explain delete from ${name}`,
    ]) {
      expect(() => checkStatement(text), text).toThrow(StatementRefused)
    }
  }
})

test('reading a table of Tidings, and text that merely names one, is taken', () => {
  for (const text of [
    'select * from tidings_a',
    "select * from main.tidings_a as a where key = 'delete from tidings_a'",
    'insert into mine select * from tidings_a',
    'delete from mine where key in (select key from tidings_a)',
    'update mine set a = (select value from tidings_a)',
    'create view mine as select * from tidings_a',
    "insert into mine values ('insert into tidings_a')",
    'select 1 -- drop table tidings_a',
  ]) {
    expect(() => checkStatement(text), text).not.toThrow()
  }
})

test('a second statement is refused, and a trailing semicolon, blanks and comments are not', () => {
  for (const text of ['select 1; select 2', 'select 1;select 2;', "select ';'; select 2", 'select 1;/**/x', 'select 1;\n;--\nx']) {
    expect(() => checkStatement(text), text).toThrow(StatementRefused)
  }
  for (const text of [
    'select 1;',
    'select 1 ; ;',
    "select ';'",
    'select 1; -- select 2',
    'select 1;/* select 2 */',
    'select "a;b", [c;d], `e;f`',
  ]) {
    expect(() => checkStatement(text), text).not.toThrow()
  }
  expect(() => checkStatement('create trigger a after insert on b begin select 1; select case when 1 then 2 end; end; select 3')).toThrow(
    StatementRefused,
  )
  expect(() => checkStatement('create trigger a after insert on b begin select 1; select case when 1 then 2 end; end;')).not.toThrow()
})

test('placeholders are counted outside of text and comments, and those that are no plain question mark are refused', () => {
  expect(checkStatement('select ?, \'?\', "?", ? -- ?\n, /* ? */ ?').placeholders).toBe(3)
  for (const text of ['select :a', 'select @a', 'select $a', 'select #a', 'select ?1', 'select ?, ?2'])
    expect(() => checkStatement(text), text).toThrow(StatementRefused)
})
