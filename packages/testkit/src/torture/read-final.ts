import type { DatabaseSync } from 'node:sqlite'
import type { FinalConsumer, FinalEvent, FinalState, WantedBy } from '../history/final-state.ts'
import { marks } from './file-recording.ts'
import { attempts } from './services.ts'

/** The files of a round, opened. */
export interface RoundFiles {
  readonly till: DatabaseSync
  readonly books: DatabaseSync
  readonly mirror: DatabaseSync
}

const handlers: Readonly<Record<keyof RoundFiles, readonly WantedBy[]>> = {
  till: [],
  books: [{ handler: 'till.sold', type: 'till.sold', kind: 'reaction' }],
  mirror: [{ handler: 'copy books.booked', type: 'books.booked', kind: 'copy' }],
}

/** What the databases of the services hold in the end, as the checker of histories takes it. */
export function readFinal(files: RoundFiles, events: readonly FinalEvent[]): FinalState {
  const names = Object.keys(handlers) as readonly (keyof RoundFiles)[]
  return {
    events,
    consumers: names.map((name) => consumerIn(files[name], name)),
    staged: names.flatMap((name) => rowsOf(files[name], 'outbox').flatMap((row) => idsOf(row.events))),
    unfinished: [],
  }
}

/** The newest transaction that a process has marked in a service's database. */
export function markIn(database: DatabaseSync, process: string): number {
  if (!hasTable(database, marks)) return 0
  return Number(database.prepare(`select value from tidings_${marks} where key = ?`).get(process)?.value ?? 0)
}

/** A table appears with its first row. */
export function hasTable(database: DatabaseSync, table: string): boolean {
  return database.prepare('select 1 from sqlite_schema where name = ?').get(`tidings_${table}`) !== undefined
}

/** The rows of a table of the ledger. */
function rowsOf(database: DatabaseSync, table: string): readonly Readonly<Record<string, unknown>>[] {
  if (!hasTable(database, table)) return []
  return database
    .prepare(`select value from tidings_${table}`)
    .all()
    .map(({ value }) => JSON.parse(String(value)) as Readonly<Record<string, unknown>>)
}

function consumerIn(database: DatabaseSync, consumer: keyof RoundFiles): FinalConsumer {
  const [lane] = rowsOf(database, 'lanes')
  const lines = consumer === 'books' ? database.prepare('select event_id from lines').all() : []
  return {
    consumer,
    handlers: handlers[consumer],
    attempts,
    checkpoint: Number(lane?.position ?? 0),
    waiting: rowsOf(database, 'parked').flatMap((row) => idsOf([row.event])),
    effects: lines.map((line) => ({ handler: 'till.sold', id: String(line.event_id) })),
  }
}

function idsOf(events: unknown): readonly string[] {
  // Rows of format 1 hold whole events.
  return (events as readonly { readonly id: string }[]).map(({ id }) => id)
}
