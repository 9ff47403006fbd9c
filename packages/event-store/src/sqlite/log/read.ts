import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { EventInvalid, type Position, type ReadQuery, type ReadResult, type StoredEvent } from '@tidings/core'
import { columns, toEvent } from './event-row.ts'

/** A window of the log is looked through for the types wanted before their index is asked: the faster way where they are common. */
const windowsPerLimit = 4
const mostTypesAtOnce = 200

/** Reads stretches of the log. Every query is bounded on both sides; the head is read first, so all under it is final. */
export class Reader {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** The highest position; 0 while the log is empty. */
  head(): Position {
    const row = this.#statement('SELECT max(position) FROM events').get() as unknown as [number | null]
    return row[0] ?? 0
  }

  /** @throws {EventInvalid} The query is malformed. */
  read({ after, types, limit }: ReadQuery): ReadResult {
    checkQuery(after, limit)
    const head = this.head()
    if (head <= after || types?.length === 0) return { events: [], upTo: Math.max(after, head) }
    const events =
      types === undefined
        ? this.#range(after, Math.min(head, after + limit), limit)
        : this.#ofTypes(after, head, [...new Set(types)], limit)
    const last = events.at(-1)
    return { events, upTo: events.length === limit && last !== undefined ? last.position : head }
  }

  #range(after: Position, upTo: Position, limit: number): StoredEvent[] {
    return this.#events(`SELECT ${columns} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`, after, upTo, limit)
  }

  #ofTypes(after: Position, head: Position, types: readonly string[], limit: number): StoredEvent[] {
    const window = Math.min(head, after + windowsPerLimit * limit)
    const marks = types.map(() => '?').join(', ')
    const near = this.#events(
      `SELECT ${columns} FROM events WHERE position > ? AND position <= ? AND +type IN (${marks}) ORDER BY position LIMIT ?`,
      after,
      window,
      ...types,
      limit,
    )
    if (near.length === limit || window === head) return near
    return [...near, ...this.#byIndex(window, head, types, limit - near.length)]
  }

  /** One bounded index scan per type; SQLite merges them in order and reads no further than the limit. */
  #byIndex(after: Position, head: Position, types: readonly string[], limit: number): StoredEvent[] {
    const positions: number[] = []
    for (let i = 0; i < types.length; i += mostTypesAtOnce) {
      const some = types.slice(i, i + mostTypesAtOnce)
      const scans = some.map(() => 'SELECT position FROM events WHERE type = ? AND position > ? AND position <= ?')
      const rows = this.#statement(`${scans.join(' UNION ALL ')} ORDER BY position LIMIT ?`).all(
        ...some.flatMap((type) => [type, after, head]),
        limit,
      )
      for (const row of rows as unknown as [number][]) positions.push(row[0])
    }
    positions.sort((a, b) => a - b)
    return positions.slice(0, limit).flatMap((position) => this.#events(`SELECT ${columns} FROM events WHERE position = ?`, position))
  }

  #events(sql: string, ...values: (string | number)[]): StoredEvent[] {
    const rows = this.#statement(sql).all(...values) as unknown as Parameters<typeof toEvent>[0][]
    return rows.map(toEvent)
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

function checkQuery(after: Position, limit: number): void {
  if (!Number.isSafeInteger(after) || after < 0)
    throw new EventInvalid({ event: 'The read', path: 'after', reason: `is ${after}, not a position from 0` })
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 10_000)
    throw new EventInvalid({ event: 'The read', path: 'limit', reason: `is ${limit}, not 1 to 10,000` })
}
