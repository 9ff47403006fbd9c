import { TidingsError } from '../errors/tidings-error.ts'

/** A message from another process is no event that this one knows. It was given to nobody. */
export class MessageInvalid extends TidingsError {
  readonly code = 'BUS_MESSAGE_INVALID'
  readonly retryable = false
  readonly event: string

  constructor(facts: { event: string; reason: string; cause?: unknown }) {
    super(
      `A message about ${facts.event} ${facts.reason} and was given to nobody. See that all processes have the same version of the contract.`,
      {
        cause: facts.cause,
      },
    )
    this.event = facts.event
  }
}
