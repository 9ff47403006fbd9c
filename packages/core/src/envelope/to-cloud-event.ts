import { EncodingUnknown } from '../errors/log-errors.ts'
import type { StoredEvent } from '../ports/event-log.ts'

/** An event in the JSON form of CloudEvents 1.0. Our own fields are extension attributes, in lower case as it asks. */
export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  /** The service, as a relative URI. */
  readonly source: string
  readonly type: string
  /** The key. */
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: unknown
  readonly position: number
  readonly dataversion: number
  readonly correlationid: string
  readonly causationid?: string
  /** As the extension for distributed tracing has it, like `tracestate`. */
  readonly traceparent?: string
  readonly tracestate?: string
}

/**
 * Maps a stored event to CloudEvents 1.0.
 *
 * @throws {EncodingUnknown} The data is in an encoding that this release does not read.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function toCloudEvent(event: StoredEvent): CloudEvent {
  if (event.encoding !== 'json') throw new EncodingUnknown({ encoding: event.encoding, position: event.position })
  return {
    specversion: '1.0',
    id: event.id,
    source: `/${event.service}`,
    type: event.type,
    subject: event.key,
    time: event.time,
    datacontenttype: 'application/json',
    data: JSON.parse(event.data) as unknown,
    position: event.position,
    dataversion: event.version,
    correlationid: event.correlationId,
    ...(event.causationId === undefined ? {} : { causationid: event.causationId }),
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    ...(event.tracestate === undefined ? {} : { tracestate: event.tracestate }),
  }
}
