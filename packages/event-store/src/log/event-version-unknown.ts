import { type Position, TidingsError } from '@tidings/core'

/** The log holds an event in a version that this code does not know: it was published by newer code, or the step from an older one is missing. */
export class EventVersionUnknown extends TidingsError {
  readonly code = 'EVENT_VERSION_UNKNOWN'
  readonly retryable = false
  readonly event: string
  readonly version: number
  readonly position: Position

  constructor(facts: { event: string; version: number; known: number; position: Position }) {
    super(
      `The event ${facts.event} at position ${facts.position} has version ${facts.version}; this code knows version ${facts.known}. ` +
        (facts.version > facts.known
          ? 'Deploy code that knows the newer version'
          : `Add an upcast from version ${facts.version} to the event's definition`) +
        ", or choose unknown: 'park' or 'skip' for the consumer.",
    )
    this.event = facts.event
    this.version = facts.version
    this.position = facts.position
  }
}
