import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { checkStatement } from '../src/sqlite/ledger/statements/check-statement.ts'

const pieces =
  '; ; \' " -- \n /* */ / * - \r \v \f \ufeff \u00a0 ` [ ] . ? ?1 :a @a #a $a 0x 1e commit rollback savepoint~q explain query~plan select~1 ' +
  "select~a~from~theirs create~trigger~t~after~insert~on~theirs~begin end ;~end x' \\ begin case~when~1~then~2~end insert~into tidings_t " +
  '"tidings_t" [tidings_t] `tidings_t` \'tidings_t\' main. values~(1,2) update or~replace set~a~=~1 delete~from with~q~as~(select~1) drop~table ' +
  'if~exists as default~values theirs temp. create temp table view (a) replace~into on~conflict~do~nothing returning~* alter~table rename~to ' +
  'or~rollback attach vacuum'
const texts = pieces.split(' ').map((piece) => ` ${piece.replaceAll('~', ' ')} `)
// These only mean something when they touch what stands beside them.
const bare = pieces.split(' ').map((piece) => piece.replaceAll('~', ' '))

/** Numbers from 0 up to the limit, always the same. */
function numbers(): (limit: number) => number {
  let state = 1
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

test('no text that the check lets through ends a transaction, changes a table of Tidings or leaves a statement out', () => {
  const database = new DatabaseSync(':memory:')
  database.exec("create table theirs (a, b); create table tidings_t (a, b); insert into tidings_t values (1, 'ours')")
  const next = numbers()
  let ran = 0
  for (let i = 0; i < 150_000; i++) {
    const sql = Array.from({ length: 1 + next(8) }, () => (next(2) === 0 ? texts : bare)[next(texts.length)]).join('')
    let placeholders: number
    try {
      placeholders = checkStatement(sql).placeholders
    } catch {
      continue
    }
    database.exec('BEGIN')
    try {
      const statement = database.prepare(sql)
      statement.all(...Array.from({ length: placeholders }, () => 1))
      ran++
      expect(isBlank(database, sql.slice(statement.sourceSQL.length)), `something is left out of ${JSON.stringify(sql)}`).toBe(true)
    } catch (error) {
      // What SQLite does not understand it does not do; only an error of this test counts.
      if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_'))) throw error
      expect(error.message, sql).not.toMatch(/column index out of range/)
    }
    const endsByItself = /or\s+rollback/.test(sql)
    expect(database.isTransaction || endsByItself, `the transaction was ended by ${JSON.stringify(sql)}`).toBe(true)
    expect(
      database
        .prepare('select * from main.tidings_t')
        .all()
        .map((row) => ({ ...row })),
      sql,
    ).toEqual([{ a: 1, b: 'ours' }])
    if (database.isTransaction) database.exec('ROLLBACK')
  }
  expect(ran).toBeGreaterThan(1_000)
})

/** Whether SQLite finds no statement in the text. Text that is no SQL at all holds none either. */
function isBlank(database: DatabaseSync, sql: string): boolean {
  try {
    // Before Node 24 a text without a statement is prepared all the same, and fails when it is run.
    database.prepare(`EXPLAIN ${sql}`).all()
    return false
  } catch {
    return true
  }
}
