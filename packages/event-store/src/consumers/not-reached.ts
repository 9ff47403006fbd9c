import { type Position, TidingsError } from '@tidings/core'

/** A consumer did not get as far as was waited for. */
export class NotReached extends TidingsError {
  readonly code = 'POSITION_NOT_REACHED'
  readonly retryable = true
  readonly position: Position
  readonly handledUpTo: Position

  constructor(facts: { consumer: string; position: Position; handledUpTo: Position; timeoutMs: number }) {
    super(
      `${facts.consumer} did not reach position ${facts.position} within ${facts.timeoutMs} ms; it is at ${facts.handledUpTo}. See its readiness for what it waits for.`,
    )
    this.position = facts.position
    this.handledUpTo = facts.handledUpTo
  }
}
