import { StatementRefused } from '@tidings/core'

const refused = new Set(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'ATTACH', 'DETACH', 'VACUUM', 'PRAGMA'])
const blank = /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/

/**
 * Refuses statements that would end the handler's transaction or reach another database.
 *
 * @throws {StatementRefused}
 */
export function assertStaysInside(sql: string): void {
  let rest = sql.replace(blank, '')
  let keyword = /^\w+/.exec(rest)?.[0].toUpperCase() ?? ''
  while (keyword === 'EXPLAIN' || keyword === 'QUERY' || keyword === 'PLAN') {
    rest = rest.slice(keyword.length).replace(blank, '')
    keyword = /^\w+/.exec(rest)?.[0].toUpperCase() ?? ''
  }
  if (refused.has(keyword)) {
    throw new StatementRefused({
      keyword,
      reason: 'the transaction belongs to the handler and its database to the service; Tidings begins, commits and configures them',
    })
  }
}

/**
 * Refuses text after the first statement, which SQLite would leave out in silence.
 *
 * @throws {StatementRefused}
 */
export function assertOneStatement(sql: string): void {
  let i = 0
  while (i < sql.length) {
    const rest = sql.slice(i)
    const skipped = /^(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[^'"`[;/-]+|[/-])/.exec(
      rest,
    )
    if (skipped !== null) i += skipped[0].length
    else if (rest.startsWith(';')) {
      // A trigger's body holds statements of its own.
      if (rest.replace(blank, '') !== '' && !/\bCREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i.test(sql)) {
        throw new StatementRefused({ keyword: 'after the first', reason: 'one call runs one statement; call once for each' })
      }
      return
    } else i++
  }
}
