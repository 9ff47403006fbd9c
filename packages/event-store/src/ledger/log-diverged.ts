import { type Position, TidingsError } from '@tidings/core'

/** How one service and a log do not belong together. */
export interface Divergence {
  readonly service: string
  /** The service's database, as its ledger tells where it is. */
  readonly database: string
  /** The service's checkpoint; 0 where it has handled nothing yet. */
  readonly position: Position
  /** What the service has, and what was found in the log instead. */
  readonly found: string
}

/**
 * Services have handled events that this log does not hold, or belong to another log: a backup was restored, or it is the
 * wrong one. Nothing was started, made or changed.
 */
export class LogDiverged extends TidingsError {
  readonly code = 'LOG_DIVERGED'
  readonly retryable = false
  /** The log, without credentials. */
  readonly log: string
  /** Every service that does not fit it. */
  readonly divergences: readonly Divergence[]

  constructor(facts: { log: string; divergences: readonly Divergence[] }) {
    const { log, divergences } = facts
    const services = divergences.map(({ service }) => service).join(' and ')
    const highest = Math.max(0, ...divergences.map(({ position }) => position))
    super(
      `The log ${log} is not the one that ${services} ${divergences.length === 1 ? 'has' : 'have'} worked with. ` +
        `${divergences.map(({ service, database, found }) => `${service} (database ${database}) ${found}.`).join(' ')} ` +
        'Going on would lose events, so nothing was started, made or changed. Ways out: point to the right log; ' +
        `${highest === 0 ? '' : `restore a backup of the log that reaches position ${highest}; `}` +
        'restore the backups of these databases that were taken with this log; ' +
        `or, to accept the log as it is, give ${services} an empty database${divergences.length === 1 ? '' : ' each'} and let it be filled from the log.`,
    )
    this.log = log
    this.divergences = divergences
  }
}
