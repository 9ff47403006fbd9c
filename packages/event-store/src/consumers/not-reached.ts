import { type Position, TidingsError } from '@tidings/core'
import { spellDuration } from './lane/spell-duration.ts'

/** A consumer did not get as far as was waited for. */
export class NotReached extends TidingsError {
  readonly code = 'POSITION_NOT_REACHED'
  readonly retryable = true
  readonly position: Position
  readonly handledUpTo: Position

  /** @param facts.doing What the consumer is at, where that is known. */
  constructor(facts: { consumer: string; position: Position; handledUpTo: Position; timeoutMs: number; doing?: string }) {
    super(
      `${facts.consumer} did not reach position ${facts.position} within ${spellDuration(facts.timeoutMs)}; it is at ${facts.handledUpTo}. ${facts.doing ?? 'See its readiness for what it waits for'}.`,
    )
    this.position = facts.position
    this.handledUpTo = facts.handledUpTo
  }
}
