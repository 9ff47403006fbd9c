import { StatementRefused } from '@tidings/core'
import { type SqlToken, splitStatements, sqlTokens } from './sql-tokens.ts'

/** What a statement does, as far as those who run it must know. */
export interface CheckedStatement {
  /** How many values it takes. */
  readonly placeholders: number
  /** Whether it certainly changes nothing. */
  readonly reads: boolean
  /** Whether SQLite counts the rows that it changes; after others the count is that of an earlier statement. */
  readonly counts: boolean
}

const ours = 'tidings_'
const ofTransactions = new Set(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE'])
const ofConnections = new Set(['ATTACH', 'DETACH', 'VACUUM', 'PRAGMA'])
const ofSchema = new Set(['DROP', 'ALTER', 'REINDEX', 'ANALYZE'])
const counted = new Set(['INSERT', 'REPLACE', 'UPDATE', 'DELETE'])

/**
 * Looks at one statement before SQLite sees it.
 *
 * @throws {StatementRefused} It is more than one, would end the transaction, reach another database, outlive the transaction
 *   on its connection, or write Tidings' own tables; or its placeholders have names.
 */
export function checkStatement(sql: string): CheckedStatement {
  const [statement = [], ...more] = statementsIn(sql)
  if (more.length > 0) refuse('after the first', 'one call runs one statement; call once for each')
  assertStaysInside(statement)
  return { placeholders: countPlaceholders(statement), ...whatItDoes(statement) }
}

/**
 * Looks at a script of statements, such as a migration, before SQLite sees it.
 *
 * @throws {StatementRefused}
 */
export function checkScript(sql: string): void {
  for (const statement of statementsIn(sql)) assertStaysInside(statement)
}

function statementsIn(sql: string): SqlToken[][] {
  if (typeof sql !== 'string') refuse(`of type ${typeof sql}`, 'a statement is text')
  // SQLite reads no further than a NUL, and would leave out in silence what follows it.
  if (sql.includes('\0')) refuse('with a NUL character', 'give it as a value')
  if (!sql.isWellFormed()) refuse('with a lone surrogate', 'it is no text that SQLite could store')
  return splitStatements(sqlTokens(sql))
}

function assertStaysInside(statement: readonly SqlToken[]): void {
  const keyword = firstKeyword(statement)
  if (ofTransactions.has(keyword)) refuse(keyword, 'Tidings begins, commits and rolls back')
  if (ofConnections.has(keyword)) refuse(keyword, 'the database is opened and configured by Tidings')
  if (
    keyword === 'CREATE' &&
    statement.slice(1, 4).some(({ text }) => text === 'TEMP' || text === 'TEMPORARY' || isName(statement, text, 'temp'))
  ) {
    refuse('CREATE TEMP', 'it would live on in one connection after the transaction')
  }
  statement.forEach(({ kind, text }, i) => {
    if ((kind === 'word' || kind === 'quoted') && text.toLowerCase().startsWith(ours) && isWritten(statement, i, keyword)) {
      refuse(`that changes ${text.toLowerCase()}`, `tables whose names begin with ${ours} belong to Tidings and can only be read`)
    }
  })
}

/** Whether the name at this place is what the statement, or one in its body, writes or declares. */
function isWritten(statement: readonly SqlToken[], at: number, keyword: string): boolean {
  if (ofSchema.has(keyword)) return true
  const qualified = statement[at - 1]?.text === '.'
  const before = (n: number): string => statement[at - n - (qualified ? 2 : 0)]?.text.toUpperCase() ?? ''
  if (before(1) === 'INTO' || before(1) === 'UPDATE') return true
  if (before(1) === 'FROM' && before(2) === 'DELETE') return true
  if (before(2) === 'OR' && before(3) === 'UPDATE') return true
  if (keyword !== 'CREATE') return false
  if (before(1) === 'ON') return statement[at + 1]?.text !== '.'
  return ['TABLE', 'EXISTS', 'INDEX', 'VIEW', 'TRIGGER'].includes(before(1))
}

function whatItDoes(statement: readonly SqlToken[]): Pick<CheckedStatement, 'reads' | 'counts'> {
  let keyword = firstKeyword(statement)
  if (keyword === 'WITH') {
    // The statement's own verb stands outside of the brackets.
    let depth = 0
    for (const { kind, text } of statement) {
      if (text === '(' && kind === 'other') depth++
      else if (text === ')' && kind === 'other') depth--
      else if (depth === 0 && kind === 'word' && (counted.has(text) || text === 'SELECT' || text === 'VALUES')) {
        keyword = text
        break
      }
    }
  }
  const explained = statement[0]?.text === 'EXPLAIN'
  return { reads: explained || keyword === 'SELECT' || keyword === 'VALUES', counts: !explained && counted.has(keyword) }
}

function countPlaceholders(statement: readonly SqlToken[]): number {
  let highest = 0
  for (const { kind, text } of statement) {
    if (kind !== 'parameter') continue
    if (!text.startsWith('?')) refuse(`with the placeholder ${text}`, 'values are given by position; write ?')
    highest = text === '?' ? highest + 1 : Math.max(highest, Number(text.slice(1)))
  }
  return highest
}

function firstKeyword(statement: readonly SqlToken[]): string {
  const first = statement.find(
    ({ text, kind }, i) => !(kind === 'word' && (text === 'EXPLAIN' || (i > 0 && (text === 'QUERY' || text === 'PLAN')))),
  )
  return first?.kind === 'word' ? first.text : ''
}

function isName(statement: readonly SqlToken[], text: string, name: string): boolean {
  return text.toLowerCase() === name && statement.some((token, i) => token.text === text && statement[i + 1]?.text === '.')
}

function refuse(keyword: string, reason: string): never {
  throw new StatementRefused({ keyword, reason })
}
