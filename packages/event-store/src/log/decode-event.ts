import { type AnyEventType, EncodingUnknown, parseNow, type StoredEvent } from '@tidings/core'
import { EventVersionUnknown } from './event-version-unknown.ts'

/** Whether this code can bring the event to the version it knows. */
export function knowsVersion(event: StoredEvent, type: AnyEventType): boolean {
  if (event.version > type.version) return false
  for (let version = event.version; version < type.version; version++) if (type.upcast[version] === undefined) return false
  return true
}

/**
 * The data of a stored event as its type's schema gives it, brought up from older versions; before any `pick`.
 *
 * @throws {EncodingUnknown} @throws {EventVersionUnknown}
 * @throws {ContractViolation} The stored data does not fit the schema.
 */
export function decodeEvent(event: StoredEvent, type: AnyEventType): unknown {
  if (event.encoding !== 'json') throw new EncodingUnknown({ encoding: event.encoding, position: event.position })
  let data = JSON.parse(event.data) as unknown
  for (let version = event.version; version !== type.version; version++) {
    const step = version < type.version ? type.upcast[version] : undefined
    if (step === undefined)
      throw new EventVersionUnknown({ event: event.type, version: event.version, known: type.version, position: event.position })
    data = step(data)
  }
  return parseNow(type.schema, data, `stored data of ${event.type}`)
}

/** Only the picked fields; all where nothing was picked. */
export function pickFields(data: unknown, fields: readonly string[] | undefined): unknown {
  if (fields === undefined || typeof data !== 'object' || data === null) return data
  const picked: Record<string, unknown> = {}
  for (const field of fields) if (Object.hasOwn(data, field)) picked[field] = (data as Record<string, unknown>)[field]
  return picked
}
