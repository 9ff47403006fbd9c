import { readStrictJson } from '../encoding/strict-json.ts'
import { ClaimInvalid } from '../errors/claim-errors.ts'
import { TokenMalformed } from '../errors/token-errors.ts'
import type { TokenRules } from './token-rules.ts'

/** What a token says, checked. */
export interface TokenClaims {
  /** `sub`: whose token it is. */
  readonly subject: string
  /** `sid`: the session that it belongs to. */
  readonly sessionId: string
  /** `jti`: its own id. */
  readonly tokenId: string
  /** `ver`: the version of the subject when it was made. */
  readonly version: number
  /** `iat` in milliseconds since 1970. */
  readonly issuedAtMs: number
  /** `exp` in milliseconds since 1970. */
  readonly expiresAtMs: number
  readonly scopes: ReadonlySet<string>
  /** Everything it says, as parsed. */
  readonly all: Readonly<Record<string, unknown>>
}

// RFC 6749: printable ASCII without quotation mark and backslash, one space between two.
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/
const plainAscii = /^[\x21-\x7e]+$/
const plainText = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u

/**
 * Reads the payload of a token whose signature is good, and checks everything but whether it has expired.
 *
 * @throws {TokenMalformed} The payload is not one JSON object of one meaning.
 * @throws {ClaimInvalid} A claim is missing, of the wrong type, or not what the rules ask.
 */
export function readClaims(payload: Uint8Array, rules: TokenRules, nowMs: number): TokenClaims {
  const { value: all, fault } = readStrictJson(payload)
  if (all === undefined) throw new TokenMalformed({ fault: `its payload ${fault}` })
  if (all.iss !== rules.issuer) throw new ClaimInvalid({ claim: 'iss', fault: faultOf(all.iss, 'names another issuer') })
  const audience: unknown = Array.isArray(all.aud) && all.aud.length === 1 ? all.aud[0] : all.aud
  if (audience !== rules.audience) throw new ClaimInvalid({ claim: 'aud', fault: faultOf(all.aud, 'is not this audience alone') })
  const issuedAtMs = dateOf(all, 'iat')
  const expiresAtMs = dateOf(all, 'exp')
  if (issuedAtMs > nowMs + rules.clockToleranceMs) throw new ClaimInvalid({ claim: 'iat', fault: 'lies in the future' })
  if (expiresAtMs <= issuedAtMs) throw new ClaimInvalid({ claim: 'exp', fault: 'is not after iat' })
  if (expiresAtMs - issuedAtMs > rules.maxLifetimeMs) throw new ClaimInvalid({ claim: 'exp', fault: 'is later than a token may live' })
  if ('nbf' in all && dateOf(all, 'nbf') > nowMs + rules.clockToleranceMs)
    throw new ClaimInvalid({ claim: 'nbf', fault: 'lies in the future' })
  return new CheckedClaims(all, issuedAtMs, expiresAtMs)
}

class CheckedClaims implements TokenClaims {
  readonly subject: string
  readonly sessionId: string
  readonly tokenId: string
  readonly version: number
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  readonly all: Payload
  readonly #scope: string
  #scopes: ReadonlySet<string> | undefined

  constructor(all: Payload, issuedAtMs: number, expiresAtMs: number) {
    this.subject = textOf(all, 'sub')
    this.sessionId = textOf(all, 'sid')
    this.tokenId = textOf(all, 'jti')
    this.version = countOf(all, 'ver')
    this.issuedAtMs = issuedAtMs
    this.expiresAtMs = expiresAtMs
    this.#scope = scopeOf(all)
    this.all = all
  }

  // Made when somebody asks: many operations are for anyone who is known.
  get scopes(): ReadonlySet<string> {
    this.#scopes ??= new Set(this.#scope === '' ? [] : this.#scope.split(' '))
    return this.#scopes
  }
}

type Payload = Readonly<Record<string, unknown>>

function textOf(payload: Payload, claim: string): string {
  const value = payload[claim]
  if (typeof value === 'string' && value.length <= 255 && (plainAscii.test(value) || plainText.test(value))) return value
  throw new ClaimInvalid({ claim, fault: faultOf(value, 'is no text of 1 to 255 characters') })
}

function countOf(payload: Payload, claim: string): number {
  const value = payload[claim]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new ClaimInvalid({ claim, fault: faultOf(value, 'is no whole number from 0') })
}

/** A NumericDate as this library writes it: whole seconds. */
function dateOf(payload: Payload, claim: string): number {
  const value = payload[claim]
  // Up to the year 9999; milliseconds of it are still exact.
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 253_402_300_800) return value * 1_000
  throw new ClaimInvalid({ claim, fault: faultOf(value, 'is no date in whole seconds') })
}

function scopeOf({ scope = '' }: Payload): string {
  if (scope === '' || (typeof scope === 'string' && scopePattern.test(scope))) return scope
  throw new ClaimInvalid({ claim: 'scope', fault: 'is no list of scopes' })
}

function faultOf(value: unknown, otherwise: string): string {
  return value === undefined ? 'is missing' : otherwise
}
