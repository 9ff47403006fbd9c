import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  AppendOutcomeUnknown,
  EventIdReused,
  type NewEvent,
  type Position,
  type Runtime,
  StoreClosed,
  StoreOverloaded,
  StoreUnavailable,
  sameContent,
} from '@tidings/core'
import { mapFileError } from '../map-error.ts'
import { retryWhileLocked } from '../retry-while-locked.ts'
import { columns, toEvent, toRow } from './event-row.ts'

interface Waiting {
  readonly events: readonly NewEvent[]
  readonly resolve: (positions: readonly Position[]) => void
  readonly reject: (error: unknown) => void
}

/** What one caller's append came to inside the shared transaction. */
type Result = { readonly positions: readonly Position[] } | { readonly error: unknown }

export interface AppenderOptions {
  readonly database: DatabaseSync
  readonly file: string
  readonly runtime: Runtime
  readonly timeoutMs: number
  readonly maxWaiting: number
  readonly onAppended: () => void
}

/**
 * Writes appends in groups: all that came in one turn of the event loop share a transaction, and its sync. A caller that is
 * refused writes nothing and fails no other, for its ids are looked at before its first row is written.
 */
export class Appender {
  readonly #options: AppenderOptions
  readonly #head: StatementSync
  readonly #insert: StatementSync
  readonly #byId: StatementSync
  #waiting: Waiting[] = []
  #waitingEvents = 0
  #running: Promise<void> | undefined
  #closed = false

  constructor(options: AppenderOptions) {
    this.#options = options
    const { database } = options
    this.#head = database.prepare('SELECT max(position) FROM events')
    this.#head.setReturnArrays(true)
    this.#insert = database.prepare(`INSERT INTO events (${columns}) VALUES (${columns.replace(/\w+/g, '?')}) ON CONFLICT (id) DO NOTHING`)
    this.#byId = database.prepare(`SELECT ${columns} FROM events WHERE id = ?`)
    this.#byId.setReturnArrays(true)
  }

  /** Takes part in the next group. @throws {StoreOverloaded} @throws {StoreClosed} */
  append(events: readonly NewEvent[]): Promise<readonly Position[]> {
    const { file, maxWaiting } = this.#options
    if (this.#closed) return Promise.reject(new StoreClosed({ store: file }))
    if (this.#waitingEvents + events.length > maxWaiting)
      return Promise.reject(new StoreOverloaded({ store: `The log ${file}`, waiting: this.#waitingEvents, maximum: maxWaiting }))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject })
      this.#waitingEvents += events.length
      this.#running ??= this.#run()
    })
  }

  /** Finishes what was taken on; takes on no more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    // After this turn of the event loop; what comes while a group is written makes the next one.
    await this.#options.runtime.clock.sleep(0)
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      this.#waitingEvents = 0
      await this.#writeGroup(group)
      if (this.#waiting.length > 0) await this.#options.runtime.clock.sleep(0)
    }
    this.#running = undefined
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const { database, file, runtime, timeoutMs, onAppended } = this.#options
    let results: readonly Result[]
    try {
      await retryWhileLocked(runtime, timeoutMs, () => database.exec('BEGIN IMMEDIATE'))
      results = this.#writeRows(group)
    } catch (error) {
      rollBack(database)
      const mapped = mapFileError(error, file) ?? new StoreUnavailable({ store: file, reason: 'it refused to write', cause: error })
      for (const { reject } of group) reject(mapped)
      return
    }
    try {
      database.exec('COMMIT')
    } catch (error) {
      rollBack(database)
      const unknown = new AppendOutcomeUnknown({ store: file, cause: error })
      group.forEach(({ reject }, i) => {
        const result = results[i]
        reject(result !== undefined && 'error' in result ? result.error : unknown)
      })
      return
    }
    group.forEach(({ resolve, reject }, i) => {
      const result = results[i]
      if (result === undefined) return
      if ('error' in result) reject(result.error)
      else resolve(result.positions)
    })
    onAppended()
  }

  #writeRows(group: readonly Waiting[]): readonly Result[] {
    let head = Number((this.#head.get() as unknown as [number | null])[0] ?? 0)
    return group.map(({ events }): Result => {
      if (events.length === 1) {
        // One statement: a row that exists already is left alone, and then looked at.
        const event = events[0] as NewEvent
        if (this.#insert.run(...toRow(event, head + 1)).changes === 1) return { positions: [++head] }
      }
      const known = events.map((event) => this.#known(event))
      const refused = known.find((one) => one instanceof EventIdReused)
      if (refused !== undefined) return { error: refused }
      const positions = known.map((one, i) => {
        if (typeof one === 'number') return one
        this.#insert.run(...toRow(events[i] as NewEvent, ++head))
        return head
      })
      return { positions }
    })
  }

  /** The position of an event that is in the log already, or the error when its id is there with other content. */
  #known(event: NewEvent): Position | EventIdReused | undefined {
    const row = this.#byId.get(event.id)
    if (row === undefined) return undefined
    const stored = toEvent(row as unknown as Parameters<typeof toEvent>[0])
    return sameContent(stored, event) ? stored.position : new EventIdReused({ eventId: event.id, position: stored.position })
  }
}

/** SQLite has rolled back by itself after some errors, a full disk for one. */
function rollBack(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK')
}
