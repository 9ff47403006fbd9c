import type { SQLOutputValue } from 'node:sqlite'
import type { NewEvent, StoredEvent } from '@tidings/core'

/** The columns of a row, in the order in which rows are written and read. */
export const columns =
  'position, id, type, version, key, service, time, correlation_id, causation_id, traceparent, headers, encoding, data, extra'

const known = new Set<string>([
  'position',
  'id',
  'type',
  'version',
  'key',
  'service',
  'time',
  'correlationId',
  'causationId',
  'traceparent',
  'headers',
  'encoding',
  'data',
])

/** The values of a row, in the order of the columns. */
export function toRow(event: NewEvent, position: number): (string | number | null)[] {
  return [
    position,
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
    extraOf(event),
  ]
}

/** The event in a row that was read as an array. */
export function toEvent(row: readonly SQLOutputValue[]): StoredEvent {
  // The table is STRICT, so every column has the type that it was declared with.
  const [position, id, type, version, key, service, time, correlationId, causationId, traceparent, headers, encoding, data, extra] =
    row as [
      number,
      string,
      string,
      number,
      string,
      string,
      string,
      string,
      string | null,
      string | null,
      string | null,
      string,
      string,
      string | null,
    ]
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

/** Fields that this release does not know, which a newer one may have written. */
function extraOf(event: NewEvent): string | null {
  let extra: Record<string, unknown> | undefined
  for (const field in event) {
    if (known.has(field)) continue
    extra ??= {}
    extra[field] = (event as unknown as Record<string, unknown>)[field]
  }
  return extra === undefined ? null : JSON.stringify(extra)
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
