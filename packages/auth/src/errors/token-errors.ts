import { TidingsError } from '@tidings/core'

/** The token is not written as a signed token must be. It was never valid. */
export class TokenMalformed extends TidingsError {
  readonly code = 'AUTH_TOKEN_MALFORMED'
  readonly retryable = false
  /** What is wrong with it, such as `its payload is no canonical base64url`. */
  readonly fault: string

  constructor(facts: { fault: string }) {
    super(`The token is not usable: ${facts.fault}. Sign in again for a new one.`)
    this.fault = facts.fault
  }
}

/** The token names an algorithm that its key is not for. */
export class AlgorithmRefused extends TidingsError {
  readonly code = 'AUTH_ALGORITHM_REFUSED'
  readonly retryable = false
  /** The one algorithm of the key that was asked for; undefined where the token's algorithm is none that is known. */
  readonly keyAlgorithm: string | undefined

  constructor(facts: { keyAlgorithm?: string }) {
    super(
      facts.keyAlgorithm === undefined
        ? 'The token names no algorithm that is taken here. Sign tokens with ES256 or EdDSA.'
        : `The token names another algorithm than its key has (${facts.keyAlgorithm}). Sign it with the algorithm of the key.`,
    )
    this.keyAlgorithm = facts.keyAlgorithm
  }
}

/** No key that is known here has the id that the token names. */
export class KeyUnknown extends TidingsError {
  readonly code = 'AUTH_KEY_UNKNOWN'
  readonly retryable = false

  constructor() {
    super(
      'The token names no key of its issuer. Sign in again for a new one; if all tokens fail so, see that the key set is the right one.',
    )
  }
}

/** The signature is not one that the key made over this token. */
export class SignatureInvalid extends TidingsError {
  readonly code = 'AUTH_SIGNATURE_INVALID'
  readonly retryable = false
  readonly keyId: string | undefined

  constructor(facts: { keyId: string | undefined; cause?: unknown }) {
    super(`The token's signature does not fit${facts.keyId === undefined ? '' : ` (key ${facts.keyId})`}. Sign in again for a new token.`, {
      cause: facts.cause,
    })
    this.keyId = facts.keyId
  }
}
