import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { type Position, type ReadQuery, type ReadResult, StoreDamaged, type StoredEvent } from '@tidings/core'
import { columns, toEvent } from './event-row.ts'

/** A window of the log is looked through for the types wanted before their index is asked: the faster way where they are common. */
const windowsPerLimit = 4
const mostTypesAtOnce = 200

type Row = readonly SQLOutputValue[]

/** Reads stretches of the log. Every query is bounded on both sides; the head is read first, so all under it is final. */
export class Reader {
  readonly #database: DatabaseSync
  readonly #file: string
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync, file: string) {
    this.#database = database
    this.#file = file
  }

  /** The highest position; 0 while the log is empty. */
  head(): Position {
    const row = this.#statement('SELECT max(position) FROM events').get() as unknown as [number | null]
    return row[0] ?? 0
  }

  /** @throws {StoreDamaged} What should stand there is missing or cannot be read. */
  read({ after, types, limit }: ReadQuery): ReadResult {
    const head = this.head()
    if (head <= after || types?.length === 0) return { events: [], upTo: Math.max(after, head) }
    const events = types === undefined ? this.#range(after, Math.min(head, after + limit)) : this.#ofTypes(after, head, types, limit)
    const last = events.at(-1)
    return { events, upTo: events.length === limit && last !== undefined ? last.position : head }
  }

  #range(after: Position, upTo: Position): StoredEvent[] {
    const rows = this.#rows(`SELECT ${columns} FROM events WHERE position > ? AND position <= ? ORDER BY position`, after, upTo)
    // Positions have no gaps, so damage that SQLite does not notice shows here.
    rows.forEach(([position], i) => {
      if (position !== after + i + 1) throw this.#damaged(after + i + 1)
    })
    if (rows.length < upTo - after) throw this.#damaged(after + rows.length + 1)
    return rows.map((row) => this.#event(row))
  }

  #ofTypes(after: Position, head: Position, types: readonly string[], limit: number): StoredEvent[] {
    const window = Math.min(head, after + windowsPerLimit * limit)
    const near = this.#rows(
      `SELECT ${columns} FROM events WHERE position > ? AND position <= ? AND +type IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?`,
      after,
      window,
      JSON.stringify(types),
      limit,
    )
    const events = near.map((row) => this.#event(row))
    if (events.length === limit || window === head) return events
    return [...events, ...this.#byIndex(window, head, [...new Set(types)], limit - events.length)]
  }

  /** One bounded index scan per type; SQLite merges them in order and reads no further than the limit. */
  #byIndex(after: Position, head: Position, types: readonly string[], limit: number): StoredEvent[] {
    const events: StoredEvent[] = []
    for (let i = 0; i < types.length; i += mostTypesAtOnce) {
      const some = types.slice(i, i + mostTypesAtOnce)
      const scans = some.map(() => 'SELECT position FROM events WHERE type = ? AND position > ? AND position <= ?')
      const values = some.flatMap((type) => [type, after, head])
      const positions = `SELECT position AS wanted FROM (${scans.join(' UNION ALL ')}) ORDER BY position LIMIT ?`
      // A position that the index names and the table lacks comes back empty, and is damage.
      const rows = this.#rows(
        `SELECT wanted, ${columns} FROM (${positions}) LEFT JOIN events ON position = wanted ORDER BY wanted`,
        ...values,
        limit,
      )
      for (const [wanted, ...row] of rows) {
        if (row[0] === null) throw this.#damaged(Number(wanted))
        events.push(this.#event(row))
      }
    }
    return events.sort((a, b) => a.position - b.position).slice(0, limit)
  }

  #event(row: Row): StoredEvent {
    try {
      return toEvent(row)
    } catch (error) {
      throw this.#damaged(Number(row[0]), error)
    }
  }

  #damaged(position: Position, cause?: unknown): StoreDamaged {
    return new StoreDamaged({ store: this.#file, reason: `the event at position ${position} is missing or damaged`, cause })
  }

  #rows(sql: string, ...values: (string | number)[]): readonly Row[] {
    return this.#statement(sql).all(...values) as unknown as readonly Row[]
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      statement.setReturnArrays(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
