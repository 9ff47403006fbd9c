import { TidingsError } from '@tidings/core'

/** Operations that would be served over HTTP do not say who may call them. The server was not started. */
export class AccessUndeclared extends TidingsError {
  readonly code = 'HTTP_ACCESS_UNDECLARED'
  readonly retryable = false
  /** `service.operation` of each. */
  readonly operations: readonly string[]

  constructor(facts: { operations: readonly string[] }) {
    super(
      `${facts.operations.join(', ')} would be served over HTTP without saying who may call. ` +
        "Declare it in the contract: access: 'public' for anyone who reaches the server.",
    )
    this.operations = facts.operations
  }
}

/** Operations ask for authenticated callers, and nothing here can authenticate one. The server was not started. */
export class AuthenticationMissing extends TidingsError {
  readonly code = 'HTTP_AUTHENTICATION_MISSING'
  readonly retryable = false
  /** `service.operation` of each. */
  readonly operations: readonly string[]

  constructor(facts: { operations: readonly string[] }) {
    super(
      `${facts.operations.join(', ')} may be called by authenticated callers only, and this server has no way to authenticate them. ` +
        "Give httpServer an authenticator, such as local of @tidings/auth, or declare access: 'public' if anyone who reaches the server may call.",
    )
    this.operations = facts.operations
  }
}
