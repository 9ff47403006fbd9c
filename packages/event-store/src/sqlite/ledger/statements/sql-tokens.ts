/** A piece of SQL text. Blanks and comments are left out. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'parameter' | 'semicolon' | 'other'
  /** A word in capitals; what stands between the quotes; anything else as it is. */
  readonly text: string
}

// As SQLite's own tokenizer cuts: comments do not nest, blanks are ASCII (a vertical tab after another one too), and every other character past ASCII belongs to a
// word. A doubled quote inside quotes gives two quoted tokens side by side, which changes nothing for those who look here.
const blank = /[ \t\n\v\f\r\ufeff]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
const token =
  /(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<quoted>'[^']*'?|"[^"]*"?|`[^`]*`?|\[[^\]]*\]?)|(?<parameter>\?\d*|[:@#$][\w$\u0080-\uffff]+)|(?<semicolon>;)|(?<other>\d[\w.]*|[\s\S])/y

/** Cuts SQL text into its tokens. Takes any text: what is no SQL is left to SQLite to refuse. */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = []
  let at = 0
  while (at < sql.length) {
    blank.lastIndex = at
    if (blank.test(sql)) {
      at = blank.lastIndex
      continue
    }
    token.lastIndex = at
    const found = token.exec(sql)
    if (found === null) break
    at = token.lastIndex
    tokens.push(toToken(found[0], found.groups ?? {}))
  }
  return tokens
}

function toToken(text: string, groups: Readonly<Record<string, string | undefined>>): SqlToken {
  if (groups.word !== undefined) return { kind: 'word', text: text.toUpperCase() }
  if (groups.quoted !== undefined) return { kind: 'quoted', text: text.slice(1, text.length > 1 && /['"`\]]$/.test(text) ? -1 : undefined) }
  if (groups.parameter !== undefined) return { kind: 'parameter', text }
  return { kind: groups.semicolon === undefined ? 'other' : 'semicolon', text }
}

/** Cuts the tokens of a script into statements, without the semicolons between them. A trigger's body stays in one piece. */
export function splitStatements(tokens: readonly SqlToken[]): SqlToken[][] {
  const statements: SqlToken[][] = []
  let statement: SqlToken[] = []
  for (const one of tokens) {
    if (one.kind !== 'semicolon') statement.push(one)
    else if (inTriggerBody(statement)) statement.push(one)
    else if (statement.length > 0) {
      statements.push(statement)
      statement = []
    }
  }
  return statement.length > 0 ? [...statements, statement] : statements
}

/** What is left without a leading `EXPLAIN` or `EXPLAIN QUERY PLAN`. */
export function withoutExplain(statement: readonly SqlToken[]): readonly SqlToken[] {
  if (statement[0]?.text !== 'EXPLAIN' || statement[0].kind !== 'word') return statement
  return statement.slice(statement[1]?.text === 'QUERY' && statement[2]?.text === 'PLAN' ? 3 : 1)
}

/** A trigger ends with `; END`: the `END` of a `CASE` never follows a semicolon. */
function inTriggerBody(statement: readonly SqlToken[]): boolean {
  const [create, next, afterNext] = withoutExplain(statement).map(({ text }) => text)
  if (create !== 'CREATE') return false
  if (next !== 'TRIGGER' && !((next === 'TEMP' || next === 'TEMPORARY') && afterNext === 'TRIGGER')) return false
  return !(statement.at(-1)?.text === 'END' && statement.at(-2)?.kind === 'semicolon')
}
