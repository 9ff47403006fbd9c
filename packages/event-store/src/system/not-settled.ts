import { TidingsError } from '@tidings/core'

/** Events were still waiting for the log when the time was up. They stay staged, and go on being carried to it. */
export class NotSettled extends TidingsError {
  readonly code = 'NOT_SETTLED'
  readonly retryable = true
  readonly service: string
  /** Events that are known to wait. */
  readonly staged: number

  constructor(facts: { service: string; staged: number; timeoutMs: number }) {
    super(
      `${facts.service} still has ${facts.staged.toLocaleString('en')} ${facts.staged === 1 ? 'event' : 'events'} in its outbox after ${Math.round(facts.timeoutMs).toLocaleString('en')} ms. ` +
        'They stay staged and are carried on; see in the output why the log does not take them.',
    )
    this.service = facts.service
    this.staged = facts.staged
  }
}
