import type { IncomingMessage } from 'node:http'
import { type Access, type Authenticator, accessRefusal, type Principal, type Refusal } from '@tidings/core'
import { valuesOf } from './headers/header-names.ts'
import { Refused, unavailable } from './refusals/refused.ts'

/** Who may pass, and a new token for them where the authenticator has made one. */
export interface LetIn {
  readonly principal: Principal | undefined
  readonly renewedToken: string | undefined
}

const noOne: LetIn = { principal: undefined, renewedToken: undefined }

/**
 * Asks who is calling, once for each request, and whether they may. What anyone may ask for is let pass without a look at
 * the token, so that an outage of authentication, or a token that has expired, keeps no one from signing in.
 *
 * @throws {Refused}
 */
export async function letIn(
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>,
  search: string,
  access: Access,
  authenticator: Authenticator,
  signal: AbortSignal,
): Promise<LetIn> {
  if (hasToken(search)) {
    const headers = { 'www-authenticate': 'Bearer error="invalid_request"' }
    const message = 'A token stands in the query, where logs keep it. Send it in Authorization, and take this one back.'
    throw new Refused(401, 'UNAUTHENTICATED', message, { headers })
  }
  if (access === 'public') return noOne
  const answer = await authenticator.authenticate({ header: (name) => valuesOf(rawHeaders, name), signal })
  if (access === 'optional' && answer.outcome !== 'authenticated') return noOne
  switch (answer.outcome) {
    case 'authenticated': {
      const refusal = accessRefusal(answer.principal, access)
      if (refusal !== undefined) throw refused(refusal)
      return { principal: answer.principal, renewedToken: answer.renewedToken }
    }
    case 'undecided':
      throw unavailable('Whether you may cannot be told now. Nothing was done; ask again in a moment.', answer)
    default:
      throw refused(answer.refusal)
  }
}

function refused({ status, challenge }: Refusal): Refused {
  const code = status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN'
  const message = status === 401 ? 'This needs a token that is good. Sign in, and send it in Authorization.' : 'You may not do this.'
  return new Refused(status, code, message, { headers: { 'www-authenticate': challenge } })
}

/** RFC 6750 has a place for tokens in the query, and RFC 9700 forbids it. */
function hasToken(search: string): boolean {
  return search !== '' && [...new URLSearchParams(search).keys()].some((name) => name.toLowerCase() === 'access_token')
}
