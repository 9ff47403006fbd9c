import { TidingsError } from './tidings-error.ts'

/** An event or an append is over a limit of the log. Nothing was written. */
export class EventTooLarge extends TidingsError {
  readonly code = 'LOG_EVENT_TOO_LARGE'
  readonly retryable = false
  readonly limit: 'eventBytes' | 'eventsPerAppend' | 'nesting'
  readonly maximum: number
  readonly actual: number

  constructor(facts: { limit: 'eventBytes' | 'eventsPerAppend' | 'nesting'; maximum: number; actual: number; event?: string }) {
    const what = { eventBytes: 'bytes in an event', eventsPerAppend: 'events in one append', nesting: 'levels of nesting in an event' }[
      facts.limit
    ]
    super(
      `${facts.event ?? 'The append'} has ${facts.actual.toLocaleString('en')} ${what}; the log takes at most ${facts.maximum.toLocaleString('en')}. ` +
        'Store large content elsewhere and publish a reference to it, or split the append.',
    )
    this.limit = facts.limit
    this.maximum = facts.maximum
    this.actual = facts.actual
  }
}

/** An event is not fit for the log: a field of its envelope or a value in its data. Nothing was written. */
export class EventInvalid extends TidingsError {
  readonly code = 'LOG_EVENT_INVALID'
  readonly retryable = false
  readonly path: string

  constructor(facts: { event: string; path: string; reason: string }) {
    super(
      `${facts.event} cannot be stored: ${facts.path === '' ? 'the value' : facts.path} ${facts.reason}. Nothing was written; correct the value and publish again.`,
    )
    this.path = facts.path
  }
}

/** An event id is in the log already with other content, or twice in one append. Nothing was written. */
export class EventIdReused extends TidingsError {
  readonly code = 'LOG_EVENT_ID_REUSED'
  readonly retryable = false
  readonly eventId: string
  /** Where the id stands in the log; undefined when it came twice in one append. */
  readonly position: number | undefined

  constructor(facts: { eventId: string; position?: number }) {
    super(
      facts.position === undefined
        ? `The event id ${facts.eventId} comes twice in one append. Give each event an id of its own.`
        : `The event id ${facts.eventId} is in the log at position ${facts.position} with other content. Give the new event an id of its own.`,
    )
    this.eventId = facts.eventId
    this.position = facts.position
  }
}

/** The store cannot be reached or refused the work. Nothing was written: repeat when it is back. */
export class StoreUnavailable extends TidingsError {
  readonly code = 'STORE_UNAVAILABLE'
  readonly retryable = true

  constructor(facts: { store: string; reason: string; remedy?: string; cause?: unknown }) {
    super(
      `The store ${facts.store} is unavailable: ${facts.reason}. Nothing was written. ${facts.remedy ?? 'Repeat when the store is back.'}`,
      { cause: facts.cause },
    )
  }
}

/** The store can be reached but not used as it is: its kind, its version or this user's rights. Nothing was changed. */
export class StoreUnsuitable extends TidingsError {
  readonly code = 'STORE_UNSUITABLE'
  readonly retryable = false

  constructor(facts: { store: string; reason: string; remedy: string; cause?: unknown }) {
    super(`The store ${facts.store} cannot be used: ${facts.reason}. Nothing was changed. ${facts.remedy}`, { cause: facts.cause })
  }
}

/** The store's file or collection is damaged or not one of ours. Nothing was changed. */
export class StoreDamaged extends TidingsError {
  readonly code = 'STORE_DAMAGED'
  readonly retryable = false

  constructor(facts: { store: string; reason: string; cause?: unknown }) {
    super(
      `The store ${facts.store} cannot be read: ${facts.reason}. Nothing was changed. Restore it from a backup, or point to another one.`,
      { cause: facts.cause },
    )
  }
}

/** What was asked for was there once and was truncated. Reading on behind it would pass over events in silence. */
export class LogTruncated extends TidingsError {
  readonly code = 'LOG_TRUNCATED'
  readonly retryable = false
  /** The first position that is still there. */
  readonly truncatedBefore: number

  constructor(facts: { store: string; position: number; truncatedBefore: number }) {
    super(
      `The log ${facts.store} begins at position ${facts.truncatedBefore} by now; position ${facts.position} was truncated. ` +
        'Restore an archive that holds it, or begin with a copy of the state as it was there.',
    )
    this.truncatedBefore = facts.truncatedBefore
  }
}

/** The answer to an append never came. Perhaps it was written: repeat with the same ids, which changes nothing if it was. */
export class AppendOutcomeUnknown extends TidingsError {
  readonly code = 'LOG_APPEND_OUTCOME_UNKNOWN'
  readonly retryable = true

  constructor(facts: { store: string; cause?: unknown }) {
    super(`An append to ${facts.store} got no answer, so it may or may not have been written. Repeat it with the same event ids.`, {
      cause: facts.cause,
    })
  }
}

/** Too much is waiting. Nothing was taken on: slow down and repeat. */
export class StoreOverloaded extends TidingsError {
  readonly code = 'STORE_OVERLOADED'
  readonly retryable = true
  readonly waiting: number
  readonly maximum: number

  constructor(facts: { store: string; waiting: number; maximum: number }) {
    super(
      `${facts.store} has ${facts.waiting.toLocaleString('en')} events waiting, the most it takes is ${facts.maximum.toLocaleString('en')}. Slow down and repeat, and see why the log does not take them.`,
    )
    this.waiting = facts.waiting
    this.maximum = facts.maximum
  }
}

/** The log or database was closed by this process; the work was not begun. */
export class StoreClosed extends TidingsError {
  readonly code = 'STORE_CLOSED'
  readonly retryable = false

  constructor(facts: { store: string }) {
    super(`The store ${facts.store} is closed. Nothing was done; open it again to go on.`)
  }
}

/** The event is stored in an encoding that this release does not read. */
export class EncodingUnknown extends TidingsError {
  readonly code = 'LOG_ENCODING_UNKNOWN'
  readonly retryable = false
  readonly encoding: string

  constructor(facts: { encoding: string; position: number }) {
    super(
      `The event at position ${facts.position} is encoded as "${facts.encoding}", which this release cannot read. Update Tidings in this service.`,
    )
    this.encoding = facts.encoding
  }
}

/** The store was written in a newer format than this release knows. Nothing was changed. */
export class FormatUnknown extends TidingsError {
  readonly code = 'STORE_FORMAT_UNKNOWN'
  readonly retryable = false
  readonly found: number
  readonly known: number

  constructor(facts: { store: string; found: number; known: number }) {
    super(
      `The store ${facts.store} has format ${facts.found}; this release knows formats up to ${facts.known}. Update Tidings in this service.`,
    )
    this.found = facts.found
    this.known = facts.known
  }
}
