import type { NewEvent } from '../ports/event-log.ts'

const known = new Set([
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
  // An event that was read may be appended to another log; there it gets a position of its own.
  'position',
])

// `tracestate` is not among them: it is seldom there, and kept like a field of a newer release it needs no place of its own.

/**
 * The fields of an event that this release does not know, as a newer one may write; undefined when there is none. For
 * adapters: every log keeps them and gives them back. Fields that are `undefined` count as absent.
 */
export function unknownFields(event: NewEvent): Readonly<Record<string, unknown>> | undefined {
  let unknown: Record<string, unknown> | undefined
  for (const field in event) {
    if (known.has(field)) continue
    const value = (event as unknown as Record<string, unknown>)[field]
    if (value === undefined) continue
    // An ordinary object would take a field named __proto__ for its prototype.
    unknown ??= Object.create(null) as Record<string, unknown>
    unknown[field] = value
  }
  return unknown
}
