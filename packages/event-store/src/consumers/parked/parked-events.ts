import type { Position, StoredEvent } from '@tidings/core'
import { keysUnder } from '../../ledger/compose-key.ts'
import { type ParkedRow, scanRows } from '../../ledger/tables.ts'
import { type LaneContext, onlyLane } from '../lane/lane-context.ts'

/** Which parked events are meant; everything given must hold. */
export interface ParkedFilter {
  readonly eventId?: string
  readonly key?: string
  readonly type?: string
  /** Parked at or after this time. */
  readonly since?: Date
  /** Parked before this time. */
  readonly before?: Date
}

/** An event that failed for good, or is held behind one. */
export interface ParkedEvent {
  readonly state: 'parked' | 'held'
  readonly event: StoredEvent
  readonly attempts: number
  /** Why it was parked; null for a held one. */
  readonly error: { readonly code: string; readonly message: string } | null
  readonly at: Date
}

const page = 1_000

/** Rows of parked and held events, by key and within it by position, a page at a time. */
export async function* parkedRows(context: LaneContext): AsyncGenerator<ParkedRow> {
  const range = keysUnder(context.config.name, onlyLane)
  let from = range.from
  for (;;) {
    const rows = await context.host.ledger.read((reader) => scanRows(reader, 'parked', { from, before: range.before, limit: page }))
    for (const { value } of rows) yield value
    const last = rows.at(-1)
    if (rows.length < page || last === undefined) return
    from = `${last.key}\u0000`
  }
}

/** Whether a row is what the filter means. */
export function matches(row: ParkedRow, filter: ParkedFilter): boolean {
  return (
    (filter.eventId === undefined || row.event.id === filter.eventId) &&
    (filter.key === undefined || row.event.key === filter.key) &&
    (filter.type === undefined || row.event.type === filter.type) &&
    (filter.since === undefined || row.at >= filter.since.getTime()) &&
    (filter.before === undefined || row.at < filter.before.getTime())
  )
}

/** The keys that have an entry in one of the states which the filter means, each with its position in the log. */
export async function parkedKeys(
  context: LaneContext,
  filter: ParkedFilter,
  states: readonly ParkedRow['state'][],
): Promise<readonly { readonly service: string; readonly key: string; readonly first: Position }[]> {
  const keys = new Map<string, { service: string; key: string; first: Position }>()
  for await (const row of parkedRows(context)) {
    const id = `${row.event.service}\u001f${row.event.key}`
    if (!keys.has(id) && states.includes(row.state) && matches(row, filter))
      keys.set(id, { service: row.event.service, key: row.event.key, first: row.event.position })
  }
  return [...keys.values()].sort((a, b) => a.first - b.first)
}
