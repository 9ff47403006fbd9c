import { type CheckedStatement, checkStatement } from './check-statement.ts'

const mostKept = 500
const longestKept = 10_000

/** Statements that were looked at before, so that each text is taken apart once. */
export class CheckedStatements {
  readonly #kept = new Map<string, CheckedStatement>()

  /** @throws {StatementRefused} */
  of(sql: string): CheckedStatement {
    const kept = this.#kept.get(sql)
    if (kept !== undefined) return kept
    const checked = checkStatement(sql)
    if (sql.length <= longestKept) {
      if (this.#kept.size >= mostKept) this.#kept.clear()
      this.#kept.set(sql, checked)
    }
    return checked
  }
}
