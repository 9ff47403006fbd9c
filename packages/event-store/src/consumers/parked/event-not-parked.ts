import { TidingsError } from '@tidings/core'

/** No parked event has the id that an operator named. Nothing was changed. */
export class EventNotParked extends TidingsError {
  readonly code = 'EVENT_NOT_PARKED'
  readonly retryable = false
  readonly eventId: string

  /** @param facts.isHeld Whether the event waits behind a parked one of its key. */
  constructor(facts: { consumer: string; eventId: string; isHeld: boolean }) {
    super(
      facts.isHeld
        ? `The event ${facts.eventId} is not parked in ${facts.consumer} but held behind a parked one of its key. Nothing was changed; settle the parked one, and this one is handled after it.`
        : `No event ${facts.eventId} is parked in ${facts.consumer}: it never was, or it was settled already. Nothing was changed; see consumer.parked() for those that are.`,
    )
    this.eventId = facts.eventId
  }
}
