import { logLimits, type NewEvent, type Position, type StoredEvent, unknownFields } from '@tidings/core'

/** An event as it is written, all but its place. Texts only: what a driver or a server could read into an object is encoded. */
export interface Draft {
  readonly id: string
  readonly type: string
  readonly version: number
  readonly key: string
  readonly service: string
  readonly time: string
  readonly correlationId: string
  readonly causationId?: string
  readonly traceparent?: string
  /** JSON; missing where there are none. */
  readonly headers?: string
  readonly encoding: string
  readonly data: string
  /** JSON of the fields that this release does not know. */
  readonly extra?: string
}

/** An event in its place. */
export interface EventDocument extends Draft {
  readonly _id: Position
  /** The first position of the events that were appended together with it, where there were several. */
  readonly head?: Position
  /** In a head: how many they were. Two writers that reserved the same positions may have named the same head. */
  readonly size?: number
}

/** Why a position holds no event, and never will: whoever reserved it died or was late, repeated an id, or gave its group up. */
export type TombstoneReason = 'hole' | 'repeat' | 'group'

/** A position that holds no event, and never will. */
export interface Tombstone {
  readonly _id: Position
  readonly tombstone: TombstoneReason
}

/** What stands at a position, as far as sealing looks at it. */
export interface Mark {
  readonly _id: Position
  readonly head?: Position
  readonly size?: number
  readonly tombstone?: TombstoneReason
}

/** The fields of a mark. */
export const markFields = { head: 1, size: 1, tombstone: 1 } as const

/** Whether the position holds an event. */
export function isEvent<D extends Mark>(document: D): document is Exclude<D, Tombstone> {
  return document.tombstone === undefined
}

/** Whether the position holds the head of a group, so that the group is whole. */
export function isHead({ _id, head, tombstone }: Mark): boolean {
  return head === _id && tombstone === undefined
}

/**
 * From which position on what names this one as its head belongs to no group: a head has its own behind it, and nothing else.
 * A head of format 1 does not say how many.
 */
export function endOfGroup(mark: Mark): Position {
  return mark._id + (isHead(mark) ? (mark.size ?? logLimits.eventsPerAppend) : 1)
}

/** What is written of an event. Nothing in it is the caller's own object. */
export function toDraft(event: NewEvent): Draft {
  const extra = unknownFields(event)
  return {
    id: event.id,
    type: event.type,
    version: event.version,
    key: event.key,
    service: event.service,
    time: event.time,
    correlationId: event.correlationId,
    ...(event.causationId === undefined ? {} : { causationId: event.causationId }),
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    ...(isEmpty(event.headers) ? {} : { headers: JSON.stringify(event.headers) }),
    encoding: event.encoding,
    data: event.data,
    ...(extra === undefined ? {} : { extra: JSON.stringify(extra) }),
  }
}

/** The event in a document. */
export function toEvent(document: EventDocument): StoredEvent {
  const { _id, id, type, version, key, service, time, correlationId, causationId, traceparent, headers, encoding, data, extra } = document
  const event = {
    position: _id,
    id,
    type,
    version,
    key,
    service,
    time,
    correlationId,
    headers: headers === undefined ? {} : (JSON.parse(headers) as Record<string, string>),
    encoding,
    data,
  }
  if (causationId === undefined && traceparent === undefined && extra === undefined) return event
  return {
    ...event,
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(extra === undefined ? {} : (JSON.parse(extra) as object)),
  }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
