import { STATUS_CODES } from 'node:http'
import { type Access, type AuthenticationRequest, type Authenticator, accessRefusal, type Principal, type Refusal } from '@tidings/core'

/** Who may call: anyone known, holders of all the scopes named, or anyone, who is known where a good token came along. */
export type GuardedAccess = Exclude<Access, 'public'>

/** An answer in place of the handler's. */
export interface Denial {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A problem (RFC 9457) as text. */
  readonly body: string
}

/** What became of a request: go on, with these headers on the answer, or deny it. */
export type Decision =
  | { readonly principal: Principal | undefined; readonly headers: Readonly<Record<string, string>>; readonly denial?: undefined }
  | { readonly denial: Denial }

/** The header in which a caller gets a token in place of one that expired. */
const renewedHeader = 'tidings-renewed-token'
const nothing = Object.freeze({})

/** Asks who is calling and whether they may. What cannot be decided is 503: it lets no one in, and logs no one out. */
export async function decide(authenticator: Authenticator, access: GuardedAccess, request: AuthenticationRequest): Promise<Decision> {
  const seen = await authenticator.authenticate(request)
  if (seen.outcome === 'authenticated') {
    const refusal = accessRefusal(seen.principal, access)
    if (refusal !== undefined) return { denial: refused(refusal) }
    const headers = seen.renewedToken === undefined ? nothing : { [renewedHeader]: seen.renewedToken, 'cache-control': 'no-store' }
    return { principal: seen.principal, headers }
  }
  if (access === 'optional') return { principal: undefined, headers: nothing }
  if (seen.outcome !== 'undecided') return { denial: refused(seen.refusal) }
  const message = 'Whether the credential is good cannot be told now. Ask again in a moment.'
  const retryAfter = String(Math.max(1, Math.ceil(seen.retryAfterMs / 1_000)))
  return { denial: denial(503, 'AUTHENTICATION_UNDECIDED', message, { 'retry-after': retryAfter }) }
}

/** What the caller learns is the challenge. The code of the cause would help whoever tries out forged credentials. */
function refused({ status, challenge }: Refusal): Denial {
  const headers = { 'www-authenticate': challenge }
  return status === 401
    ? denial(status, 'UNAUTHENTICATED', 'Send a good access token as Authorization: Bearer and the token.', headers)
    : denial(status, 'FORBIDDEN', 'The caller may not do this. Ask for the scopes that WWW-Authenticate names.', headers)
}

function denial(status: number, code: string, detail: string, headers: Readonly<Record<string, string>>): Denial {
  const type = `urn:tidings:${code.toLowerCase().replaceAll('_', '-')}`
  const body = JSON.stringify({ type, title: STATUS_CODES[status] ?? 'Error', status, detail, code })
  return { status, headers: { ...headers, 'content-type': 'application/problem+json' }, body }
}
