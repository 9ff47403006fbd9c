import { TidingsError } from '@tidings/core'

/** The token was revoked: its user, its session or itself, or all tokens there were. */
export class TokenRevoked extends TidingsError {
  readonly code = 'AUTH_TOKEN_REVOKED'
  readonly retryable = false

  constructor() {
    super('The token was revoked. Sign in again, if you may.')
  }
}

/** An event of the auth service cannot be understood. What it says is not known here, so that the feed goes no further. */
export class FeedUnreadable extends TidingsError {
  readonly code = 'AUTH_FEED_UNREADABLE'
  readonly retryable = true
  readonly event: string
  readonly position: number

  constructor(facts: { event: string; position: number; reason: string; cause?: unknown }) {
    super(
      `The event ${facts.event} at position ${facts.position} cannot be read: ${facts.reason}. Bring @tidings/auth in this process to the release of the auth service.`,
      { cause: facts.cause },
    )
    this.event = facts.event
    this.position = facts.position
  }
}

/** The log did not answer in time. */
export class FeedSilent extends TidingsError {
  readonly code = 'AUTH_FEED_SILENT'
  readonly retryable = true

  constructor(facts: { timeoutMs: number }) {
    super(`The log gave no answer within ${facts.timeoutMs} ms. It is asked again; see that the log is up.`)
  }
}
