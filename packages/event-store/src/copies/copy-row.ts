import type { AnyEventType, Json, Position, StoredEvent } from '@tidings/core'
import type { CopyDefinition } from './copy-definition.ts'

/** Where a copy's fields came from. */
interface Source {
  readonly id: string
  readonly position: Position
  readonly time: string
}

/** One row of a copy. */
export interface CopyDataRow {
  /** The copied fields; null once an event has removed the key. The row stays, so that an older event cannot bring it back. */
  readonly fields: { readonly [field: string]: Json } | null
  /** The newest event of each type that has fed the row. */
  readonly from: { readonly [type: string]: Source }
}

/** The row after one more event; the same row when the event is older than what it holds. */
export function feedRow(
  row: CopyDataRow | undefined,
  copy: CopyDefinition,
  event: StoredEvent,
  picked: { readonly [field: string]: Json },
): CopyDataRow {
  const newest = row?.from[event.type]
  if (newest !== undefined && newest.position >= event.position) return row as CopyDataRow
  const source: Source = { id: event.id, position: event.position, time: event.time }
  if (row === undefined) return { fields: picked, from: { [event.type]: source } }
  if (removedAfter(row, copy, event.position)) return row
  const from = { ...row.from, [event.type]: source }
  if (copy.feeds.length === 1) return { fields: picked, from }
  const fields: Record<string, Json> = row.fields === null ? {} : { ...row.fields }
  for (const field of fieldsOf(copy, event.type, fields, picked)) {
    if (newerSource(row, copy, event, field)) continue
    const value = picked[field]
    if (value === undefined) delete fields[field]
    else fields[field] = value
  }
  return { fields, from }
}

/** The row after an event that removes its key. */
export function removeRow(row: CopyDataRow | undefined, event: StoredEvent): CopyDataRow {
  const newest = Object.values(row?.from ?? {}).reduce((max, { position }) => Math.max(max, position), 0)
  if (row !== undefined && newest >= event.position) return row
  return { fields: null, from: { ...row?.from, [event.type]: { id: event.id, position: event.position, time: event.time } } }
}

function removedAfter(row: CopyDataRow, copy: CopyDefinition, position: Position): boolean {
  return copy.removals.some((event) => (row.from[event.name]?.position ?? 0) > position)
}

/** An event of another type that carries the field too and is newer. */
function newerSource(row: CopyDataRow, copy: CopyDefinition, event: StoredEvent, field: string): boolean {
  return copy.feeds.some(
    (other) => other.name !== event.type && carries(other, field) && (row.from[other.name]?.position ?? 0) > event.position,
  )
}

function carries(event: AnyEventType, field: string): boolean {
  return event.fields === undefined || event.fields.includes(field)
}

/** The fields that an event of the type settles: those it has, and those it might have had and left out. */
function fieldsOf(copy: CopyDefinition, type: string, present: object, picked: object): readonly string[] {
  const feed = copy.feeds.find((event) => event.name === type)
  if (feed?.fields !== undefined) return feed.fields
  const owned = Object.keys(present).filter((field) => !copy.feeds.some((other) => other.name !== type && carries(other, field)))
  return [...new Set([...Object.keys(picked), ...owned])]
}
