import { StatementRefused } from '@tidings/core'
import { type SqlToken, splitStatements, sqlTokens, withoutExplain } from './sql-tokens.ts'

/** What a statement does, as far as those who run it must know. */
export interface CheckedStatement {
  /** Its first keyword, in capitals. */
  readonly keyword: string
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
const declares = new Set(['TABLE', 'EXISTS', 'INDEX', 'VIEW', 'TRIGGER'])
const counted = new Set(['INSERT', 'REPLACE', 'UPDATE', 'DELETE'])

/**
 * Looks at one statement before SQLite sees it.
 *
 * @throws {StatementRefused} It is more than one, would end the transaction, reach another database, outlive the transaction
 *   on its connection, or write Tidings' own tables; or its placeholders have names or numbers.
 */
export function checkStatement(sql: string): CheckedStatement {
  const [statement = [], ...more] = statementsIn(sql)
  if (more.length > 0) refuse('after the first', 'one call runs one statement; call once for each')
  assertStaysInside(statement)
  return { keyword: keywordOf(statement[0]), placeholders: countPlaceholders(statement), ...whatItDoes(statement) }
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

function assertStaysInside(explained: readonly SqlToken[]): void {
  // Some pragmas act even behind EXPLAIN.
  const statement = withoutExplain(explained)
  const keyword = keywordOf(statement[0])
  if (ofTransactions.has(keyword)) refuse(keyword, 'Tidings begins, commits and rolls back')
  if (ofConnections.has(keyword)) refuse(keyword, 'the database is opened and configured by Tidings')
  if (keyword === 'CREATE' && isTemporary(statement)) refuse('CREATE TEMP', 'it would live on in one connection after the transaction')
  statement.forEach(({ kind, text }, i) => {
    if ((kind === 'word' || kind === 'quoted') && text.toLowerCase().startsWith(ours) && isWritten(statement, i, keyword)) {
      refuse(`that changes ${text.toLowerCase()}`, `names that begin with ${ours} belong to Tidings; such tables can be read only`)
    }
  })
}

function isTemporary(statement: readonly SqlToken[]): boolean {
  const second = keywordOf(statement[1])
  if (second === 'TEMP' || second === 'TEMPORARY') return true
  return statement.some(
    ({ text }, i) => text.toLowerCase() === 'temp' && statement[i + 1]?.text === '.' && declares.has(keywordOf(statement[i - 1])),
  )
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
  return declares.has(before(1))
}

function whatItDoes(statement: readonly SqlToken[]): Pick<CheckedStatement, 'reads' | 'counts'> {
  const body = withoutExplain(statement)
  const verb = verbOf(body)
  const explained = body !== statement
  return { reads: explained || verb === 'SELECT' || verb === 'VALUES', counts: !explained && counted.has(verb) }
}

/** The first keyword, or after `WITH …` the one that stands outside of the brackets. */
function verbOf(statement: readonly SqlToken[]): string {
  const first = keywordOf(statement[0])
  if (first !== 'WITH') return first
  let depth = 0
  for (const token of statement) {
    if (token.kind === 'other' && token.text === '(') depth++
    else if (token.kind === 'other' && token.text === ')') depth--
    else if (depth === 0 && (counted.has(keywordOf(token)) || keywordOf(token) === 'SELECT' || keywordOf(token) === 'VALUES'))
      return token.text
  }
  return first
}

function countPlaceholders(statement: readonly SqlToken[]): number {
  const placeholders = statement.filter(({ kind }) => kind === 'parameter')
  // Drivers before Node 24 take one with a number for one with a name, and leave it null.
  const other = placeholders.find(({ text }) => text !== '?')
  if (other !== undefined)
    refuse(`with the placeholder ${other.text}`, 'values are given in the order of the question marks; write ? for each')
  return placeholders.length
}

function keywordOf(token: SqlToken | undefined): string {
  return token?.kind === 'word' ? token.text : ''
}

function refuse(keyword: string, reason: string): never {
  throw new StatementRefused({ keyword, reason })
}
