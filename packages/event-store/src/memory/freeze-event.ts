import { type NewEvent, type Position, type StoredEvent, unknownFields } from '@tidings/core'

/** An event as it stands in the log: a copy, so that what the caller does to its object changes nothing, and frozen, so that no reader can. */
export function freezeEvent(event: NewEvent, position: Position): StoredEvent {
  const { id, type, version, key, service, time, correlationId, causationId, traceparent, headers, encoding, data } = event
  const unknown = unknownFields(event)
  return Object.freeze({
    position,
    id,
    type,
    version,
    key,
    service,
    time,
    correlationId,
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    headers: Object.freeze({ ...headers }),
    encoding,
    data,
    ...(unknown === undefined ? {} : freezeDeep(structuredClone({ ...unknown }))),
  })
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) freezeDeep(inner)
  return Object.freeze(value)
}
