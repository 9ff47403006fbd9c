import { TidingsError } from '@tidings/core'

/** The request carries a credential in a way that is none: twice, or with another scheme than Bearer. */
export class CredentialMalformed extends TidingsError {
  readonly code = 'AUTH_CREDENTIAL_MALFORMED'
  readonly retryable = false

  constructor(facts: { fault: string }) {
    super(`The request's credential is not usable: ${facts.fault}. Send one header "Authorization: Bearer <token>".`)
  }
}

/** What is known of revocations is too old, or not complete, and nobody else can be asked. */
export class RevocationsStale extends TidingsError {
  readonly code = 'AUTH_REVOCATIONS_STALE'
  readonly retryable = true
  readonly retryAfterMs: number

  constructor(facts: { reason: string; retryAfterMs: number }) {
    super(`Whether the token was revoked cannot be told: ${facts.reason}. Repeat the request after ${facts.retryAfterMs} ms.`)
    this.retryAfterMs = facts.retryAfterMs
  }
}

/** The auth service was asked and gave no usable answer. */
export class AuthServiceUnavailable extends TidingsError {
  readonly code = 'AUTH_SERVICE_UNAVAILABLE'
  readonly retryable = true
  readonly retryAfterMs: number

  constructor(facts: { question: string; retryAfterMs: number; cause?: unknown }) {
    super(`The auth service did not tell ${facts.question}. Repeat the request after ${facts.retryAfterMs} ms, and see that it is up.`, {
      cause: facts.cause,
    })
    this.retryAfterMs = facts.retryAfterMs
  }
}
