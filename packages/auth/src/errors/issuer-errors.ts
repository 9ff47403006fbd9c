import { TidingsError } from '@tidings/core'

/** None of the secrets that the auth service was given opens its private signing key. It was not started. */
export class SigningKeySealed extends TidingsError {
  readonly code = 'AUTH_SIGNING_KEY_SEALED'
  readonly retryable = false
  readonly keyId: string

  constructor(facts: { keyId: string }) {
    super(
      `The private signing key ${facts.keyId} was sealed with another secret than those given. ` +
        'Give the auth service the secret it had before as a further one, after the new one.',
    )
    this.keyId = facts.keyId
  }
}
