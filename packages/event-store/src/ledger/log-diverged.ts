import { type Position, TidingsError } from '@tidings/core'

/** The service has handled events that this log does not hold. Nothing was changed. */
export class LogDiverged extends TidingsError {
  readonly code = 'LOG_DIVERGED'
  readonly retryable = false
  /** The consumer's checkpoint; 0 when the whole log is another one. */
  readonly position: Position

  constructor(facts: { service: string; database: string; found: string; position: Position }) {
    super(
      `${facts.service} and the log do not belong together: ${facts.found}. Waiting would lose events, so nothing was started or changed. ` +
        `Ways out: point to the right log; restore a backup of the log that holds position ${facts.position}; restore the backup of ${facts.database} that was taken with this log; ` +
        `or, to accept the log as it is, give ${facts.service} an empty database and let it be filled from the log.`,
    )
    this.position = facts.position
  }
}
