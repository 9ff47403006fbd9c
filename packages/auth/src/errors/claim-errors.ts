import { TidingsError } from '@tidings/core'

/** The token is genuine and was good until it expired. */
export class TokenExpired extends TidingsError {
  readonly code = 'AUTH_TOKEN_EXPIRED'
  readonly retryable = false
  readonly keyId: string | undefined
  readonly expiredForMs: number

  constructor(facts: { keyId: string | undefined; expiredForMs: number }) {
    const key = facts.keyId === undefined ? '' : ` (key ${facts.keyId})`
    super(`The token expired ${Math.ceil(facts.expiredForMs / 1_000)} s ago${key}. Ask the issuer for a new one.`)
    this.keyId = facts.keyId
    this.expiredForMs = facts.expiredForMs
  }
}

/** The token is genuine, and not one for here: it says too little, or was made for someone or something else. */
export class ClaimInvalid extends TidingsError {
  readonly code = 'AUTH_CLAIM_INVALID'
  readonly retryable = false
  /** The claim at fault, such as `aud`; `typ` stands in the header. */
  readonly claim: string
  /** What is wrong with it, such as `is missing`. Never its value. */
  readonly fault: string

  constructor(facts: { claim: string; fault: string }) {
    super(`The token's ${facts.claim} ${facts.fault}. Ask the issuer for a token that is made for this service.`)
    this.claim = facts.claim
    this.fault = facts.fault
  }
}
