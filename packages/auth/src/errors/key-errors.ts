import { TidingsError } from '@tidings/core'

/** A key that must not be used to verify tokens. Nothing that it signed is accepted. */
export class KeyUnfit extends TidingsError {
  readonly code = 'AUTH_KEY_UNFIT'
  readonly retryable = false
  /** The key's id, where it has a usable one. */
  readonly keyId: string | undefined
  /** What is wrong with it, such as `its modulus has 1024 bits; 2048 is the least`. */
  readonly fault: string

  constructor(facts: { keyId: string | undefined; fault: string; cause?: unknown }) {
    super(`The key ${facts.keyId ?? 'without an id'} is not fit to verify tokens: ${facts.fault}. Publish another key.`, {
      cause: facts.cause,
    })
    this.keyId = facts.keyId
    this.fault = facts.fault
  }
}

/** A key set as a whole that must not be used, whatever its single keys are. */
export class KeySetUnfit extends TidingsError {
  readonly code = 'AUTH_KEY_SET_UNFIT'
  readonly retryable = false
  /** What is wrong with it, such as `two keys have the id k1`. */
  readonly fault: string

  constructor(facts: { fault: string }) {
    super(`The key set is not usable: ${facts.fault}. Publish a JSON Web Key Set (RFC 7517) with at least one key for signatures.`)
    this.fault = facts.fault
  }
}

/** Whether the token's key is one of the issuer's cannot be told now: its key set is out of reach. */
export class KeysUnavailable extends TidingsError {
  readonly code = 'AUTH_KEYS_UNAVAILABLE'
  readonly retryable = true
  readonly retryAfterMs: number

  constructor(facts: { retryAfterMs: number; cause?: unknown }) {
    super(`The issuer's key set could not be loaded. Repeat the request after ${facts.retryAfterMs} ms, and see that the issuer is up.`, {
      cause: facts.cause,
    })
    this.retryAfterMs = facts.retryAfterMs
  }
}

/** The endpoint of the key set gave no usable answer. Keys that are known stay in use. */
export class KeyFetchFailed extends TidingsError {
  readonly code = 'AUTH_KEY_FETCH_FAILED'
  readonly retryable = true
  /** What was wrong, such as `it answered 502`. */
  readonly fault: string

  constructor(facts: { fault: string; cause?: unknown }) {
    super(`The key set was not loaded: ${facts.fault}. Keys that are known stay in use; see that the issuer is up.`, { cause: facts.cause })
    this.fault = facts.fault
  }
}
