import { type Authentication, type Logger, type Refusal, TidingsError } from '@tidings/core'
import { ClaimInvalid, TokenExpired } from '../errors/claim-errors.ts'
import { CredentialMalformed } from '../errors/decision-errors.ts'
import { KeyUnfit } from '../errors/key-errors.ts'
import { TokenRevoked } from '../errors/revocation-errors.ts'
import { AlgorithmRefused, KeyUnknown, SignatureInvalid, TokenMalformed } from '../errors/token-errors.ts'

/** The answer to a request that carries no credential. RFC 6750: without an error, for there was nothing wrong yet. */
export const anonymous: Authentication = Object.freeze({
  outcome: 'anonymous',
  refusal: Object.freeze({ status: 401, challenge: 'Bearer', code: 'AUTH_CREDENTIAL_MISSING' }),
})

/** What a caller may know of why; the cause itself would help whoever tries out forged tokens. */
const invalid = 'Bearer error="invalid_token", error_description="The access token is not valid"'
const expired = 'Bearer error="invalid_token", error_description="The access token expired"'
const malformed = 'Bearer error="invalid_request", error_description="Send one header with one bearer token"'

/** How to refuse a credential that has this wrong with it; undefined where the error says nothing of the credential. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof CredentialMalformed) return { status: 401, challenge: malformed, code: error.code }
  if (error instanceof TokenExpired) return { status: 401, challenge: expired, code: error.code }
  const isBad =
    error instanceof TokenMalformed ||
    error instanceof AlgorithmRefused ||
    error instanceof KeyUnknown ||
    error instanceof KeyUnfit ||
    error instanceof SignatureInvalid ||
    error instanceof ClaimInvalid ||
    error instanceof TokenRevoked
  return isBad ? { status: 401, challenge: invalid, code: error.code } : undefined
}

/** The answer to a request that met an error: refused where its credential is bad, else undecided. What nobody expected is logged. */
export function answerTo(error: unknown, logger: Logger): Authentication {
  const refusal = refusalOf(error)
  if (refusal !== undefined) return { outcome: 'refused', refusal }
  if (!(error instanceof TidingsError)) logger.error('A request could not be authenticated.', { error })
  return undecided(error)
}

/** The answer where an error kept anything from being decided. */
export function undecided(error: unknown): Authentication {
  const { retryAfterMs } = error as { retryAfterMs?: unknown }
  return {
    outcome: 'undecided',
    code: error instanceof TidingsError ? error.code : 'INTERNAL',
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : 1_000,
  }
}
