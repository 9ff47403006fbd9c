import { TidingsError } from './tidings-error.ts'

/** One fault found in a value: where it is and what is wrong with it. */
export interface Fault {
  /** Path into the value, such as `lines[2].price`; empty for the value itself. */
  readonly path: string
  readonly message: string
}

/** A value breaks its contract. Nothing was done with it; every fault found is listed. */
export class ContractViolation extends TidingsError {
  readonly code = 'CONTRACT_VIOLATION'
  readonly retryable = false
  /** What was checked, such as `input of orders.placeOrder`. */
  readonly subject: string
  readonly faults: readonly Fault[]

  constructor(facts: { subject: string; faults: readonly Fault[] }) {
    const listed = facts.faults.slice(0, 5).map((fault) => `${fault.path === '' ? '(the value itself)' : fault.path}: ${fault.message}`)
    const more = facts.faults.length > 5 ? ` and ${facts.faults.length - 5} more` : ''
    super(`The ${facts.subject} breaks its contract. ${listed.join('; ')}${more}. Send a value that fits the schema.`)
    this.subject = facts.subject
    this.faults = facts.faults
  }
}

/** A contract, event, operation or service was declared wrongly. Found when the module loads or the system starts. */
export class DefinitionInvalid extends TidingsError {
  readonly code = 'DEFINITION_INVALID'
  readonly retryable = false
  /** What was being defined, such as `event orders.order-placed`. */
  readonly subject: string

  constructor(facts: { subject: string; reason: string; remedy: string }) {
    super(`The ${facts.subject} cannot be defined: ${facts.reason}. ${facts.remedy}`)
    this.subject = facts.subject
  }
}

/** A service tried to publish an event that another service owns. Nothing was published. */
export class EventNotOwned extends TidingsError {
  readonly code = 'EVENT_NOT_OWNED'
  readonly retryable = false
  readonly event: string
  readonly service: string

  constructor(facts: { event: string; service: string }) {
    super(
      `${facts.service} cannot publish ${facts.event}: only its owner may. Publish one of the events in the contract of ${facts.service}.`,
    )
    this.event = facts.event
    this.service = facts.service
  }
}

/** Parsing an event's data a second time changes it, so a consumer would see other data than was published. */
export class EventNotReplayable extends TidingsError {
  readonly code = 'EVENT_NOT_REPLAYABLE'
  readonly retryable = false
  readonly event: string
  readonly path: string

  constructor(facts: { event: string; path: string }) {
    super(
      `The schema of ${facts.event} changes its own output at ${facts.path === '' ? '(the value itself)' : facts.path} when parsed again. ` +
        'Stored data is parsed again wherever it is consumed: make the transformation idempotent or move it out of the schema.',
    )
    this.event = facts.event
    this.path = facts.path
  }
}
