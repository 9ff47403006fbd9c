import { isDeepStrictEqual } from 'node:util'
import {
  type AnyEventType,
  checkAppend,
  EventNotReplayable,
  encodeData,
  type NewEvent,
  newId,
  parse,
  type Runtime,
  refuseUnknownFields,
  type TraceContext,
} from '@tidings/core'

/** What an event's envelope takes from where it was published. */
export interface PublishedBy {
  readonly service: string
  readonly correlationId: string
  readonly causationId?: string | undefined
  readonly trace?: TraceContext
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Makes an event that the log will take: validated, encoded, within all limits.
 *
 * @param replayable Event types already seen to parse twice to the same; the first of a type is checked and added.
 * @throws {ContractViolation} The data does not fit the event's schema, or has fields that it does not know.
 * @throws {EventNotReplayable} The schema changes its own output.
 * @throws {EventInvalid} @throws {EventTooLarge}
 */
export async function prepareEvent(
  type: AnyEventType,
  data: unknown,
  by: PublishedBy,
  runtime: Runtime,
  replayable: Set<string>,
  id?: string,
): Promise<NewEvent> {
  const subject = `data of ${type.name}`
  const parsed = await parse(type.schema, data, subject)
  refuseUnknownFields(data, parsed, subject)
  const encoded = encodeData(parsed, type.name)
  if (!replayable.has(type.name)) {
    const again: unknown = await parse(type.schema, JSON.parse(encoded) as unknown, subject)
    if (!isDeepStrictEqual(withoutUndefined(again), JSON.parse(encoded)))
      throw new EventNotReplayable({ event: type.name, path: firstDifference(again, JSON.parse(encoded)) })
    replayable.add(type.name)
  }
  const event: NewEvent = {
    id: id ?? newId(runtime),
    type: type.name,
    version: type.version,
    key: type.keyOf(parsed),
    service: by.service,
    time: new Date(runtime.clock.now()).toISOString(),
    correlationId: by.correlationId,
    ...(by.causationId === undefined ? {} : { causationId: by.causationId }),
    ...(by.trace?.traceparent === undefined ? {} : { traceparent: by.trace.traceparent }),
    ...(by.trace?.tracestate === undefined ? {} : { tracestate: by.trace.tracestate }),
    headers: by.headers ?? {},
    encoding: 'json',
    data: encoded,
  }
  checkAppend([event])
  return event
}

/** As JSON carries it; values that JSON cannot carry stay as they are and so differ. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (
    typeof value !== 'object' ||
    value === null ||
    (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null)
  )
    return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, withoutUndefined(inner)]),
  )
}

function firstDifference(a: unknown, b: unknown, path = ''): string {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [left, right] = [(a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]]
    if (!isDeepStrictEqual(left, right)) return firstDifference(left, right, path === '' ? key : `${path}.${key}`)
  }
  return path
}
