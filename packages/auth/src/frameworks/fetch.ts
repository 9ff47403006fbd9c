import type { Authenticator, Principal } from '@tidings/core'
import { decide, type GuardedAccess } from './decide.ts'
import { deniedResponse, ofFetch, withHeaders } from './of-fetch.ts'

/**
 * A handler that is called only for those who may: others are answered 401, 403 or 503 as RFC 6750 says. For everything that
 * serves `(request: Request) => Response`, with whatever arguments follow.
 *
 * The application starts the authenticator before it serves, and stops it at its end.
 *
 * @param handler Is given the principal first; undefined where the guard asks for no one in particular and no good token came.
 *   Its `signal` is aborted when it is revoked or expires.
 */
export function guard<Rest extends readonly unknown[]>(
  authenticator: Authenticator,
  access: GuardedAccess,
  handler: (principal: Principal | undefined, request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const decision = await decide(authenticator, access, ofFetch(request))
    if (decision.denial !== undefined) return deniedResponse(decision.denial)
    return withHeaders(await handler(decision.principal, request, ...rest), decision.headers)
  }
}
