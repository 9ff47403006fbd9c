import type { SQLOutputValue } from 'node:sqlite'
import { type NewEvent, type StoredEvent, unknownFields } from '@tidings/core'

/** The columns of a row, in the order in which rows are written and read. */
export const columns =
  'position, id, type, version, key, service, time, correlation_id, causation_id, traceparent, headers, encoding, data, extra'

/** An event as it is written, all but its position. */
export type EventRow = readonly (string | number | null)[]

/** A row as it is read: the table is STRICT, so every column has the type that it was declared with. */
type StoredRow = readonly [
  position: number,
  id: string,
  type: string,
  version: number,
  key: string,
  service: string,
  time: string,
  correlationId: string,
  causationId: string | null,
  traceparent: string | null,
  headers: string | null,
  encoding: string,
  data: string,
  extra: string | null,
]

/** The values of the columns after the position, in their order. Nothing in them is the caller's own object. */
export function toRow(event: NewEvent): EventRow {
  const extra = unknownFields(event)
  return [
    event.id,
    event.type,
    event.version,
    event.key,
    event.service,
    event.time,
    event.correlationId,
    event.causationId ?? null,
    event.traceparent ?? null,
    isEmpty(event.headers) ? null : JSON.stringify(event.headers),
    event.encoding,
    event.data,
    extra === undefined ? null : JSON.stringify(extra),
  ]
}

/** The event in a row that was read as an array, or that is to be written at a position. */
export function toEvent(row: readonly SQLOutputValue[]): StoredEvent {
  const [position, id, type, version, key, service, time, correlationId, causationId, traceparent, headers, encoding, data, extra] =
    row as unknown as StoredRow
  const event = {
    position,
    id,
    type,
    version,
    key,
    service,
    time,
    correlationId,
    headers: headers === null ? {} : (JSON.parse(headers) as Record<string, string>),
    encoding,
    data,
  }
  if (causationId === null && traceparent === null && extra === null) return event
  return {
    ...event,
    ...(causationId === null ? {} : { causationId }),
    ...(traceparent === null ? {} : { traceparent }),
    ...(extra === null ? {} : (JSON.parse(extra) as object)),
  }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
