import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { EventIdReused, type Position, sameContent } from '@tidings/core'
import { isFileError } from '../map-error.ts'
import { columns, type EventRow, toEvent } from './event-row.ts'

/** What one caller's append came to inside the shared transaction; an error of SQLite is given as it is. */
export type Result = { readonly positions: readonly Position[] } | { readonly error: unknown }

/** Writes the rows of many callers in one transaction, each caller's all or none. */
export class GroupWriter {
  readonly #database: DatabaseSync
  readonly #head: StatementSync
  readonly #insert: StatementSync
  readonly #byId: StatementSync
  readonly #mark: StatementSync
  readonly #keep: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#head = database.prepare('SELECT max(position) FROM events')
    this.#head.setReturnArrays(true)
    this.#insert = database.prepare(`INSERT INTO events (${columns}) VALUES (${columns.replace(/\w+/g, '?')}) ON CONFLICT (id) DO NOTHING`)
    this.#byId = database.prepare(`SELECT ${columns} FROM events WHERE id = ?`)
    this.#byId.setReturnArrays(true)
    this.#mark = database.prepare('SAVEPOINT append')
    this.#keep = database.prepare('RELEASE append')
  }

  /**
   * Writes inside the transaction that has begun.
   *
   * @returns What became of each append, in their order.
   * @throws SQLite's own error when the whole transaction has failed.
   */
  write(group: readonly (readonly EventRow[])[]): readonly Result[] {
    let head = Number((this.#head.get() as unknown as [number | null])[0] ?? 0)
    return group.map((rows) => {
      try {
        const positions = rows.length === 1 ? this.#writeOne(rows[0] as EventRow, head) : this.#writeAll(rows, head)
        head = Math.max(head, ...positions)
        return { positions }
      } catch (error) {
        // Where SQLite has ended the transaction, all that follows would be committed piece by piece.
        if (isFileError(error) || !this.#database.isTransaction) throw error
        return { error }
      }
    })
  }

  /** One statement where the event is new, as nearly all are: a row that exists already is left alone, and then looked at. */
  #writeOne(row: EventRow, head: Position): readonly Position[] {
    if (this.#insert.run(head + 1, ...row).changes === 1) return [head + 1]
    return this.#writeAll([row], head)
  }

  #writeAll(rows: readonly EventRow[], head: Position): readonly Position[] {
    const known = rows.map((row) => this.#known(row))
    if (!known.includes(undefined)) return known as Position[]
    this.#mark.run()
    try {
      let next = head
      const positions = known.map((position, i) => {
        if (position !== undefined) return position
        this.#insert.run(++next, ...(rows[i] as EventRow))
        return next
      })
      this.#keep.run()
      return positions
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK TO append; RELEASE append')
      throw error
    }
  }

  /** The position of an event that is in the log already. @throws {EventIdReused} It is there with other content. */
  #known(row: EventRow): Position | undefined {
    const found = this.#byId.get(row[0] ?? '') as unknown as Parameters<typeof toEvent>[0] | undefined
    if (found === undefined) return undefined
    const stored = toEvent(found)
    if (!sameContent(stored, toEvent([stored.position, ...row]))) throw new EventIdReused({ eventId: stored.id, position: stored.position })
    return stored.position
  }
}
