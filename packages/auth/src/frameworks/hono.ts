import type { Authenticator, Principal } from '@tidings/core'
import { decide, type GuardedAccess } from './decide.ts'
import { deniedResponse, ofFetch } from './of-fetch.ts'
import { Principals } from './principals.ts'

/** What a guard needs of a context of Hono. */
export interface HonoContextLike {
  readonly req: { readonly raw: Request }
  /** Sets a header of the answer. */
  header(name: string, value: string): void
}

/** Middleware of Hono. */
export interface HonoGuard {
  (context: HonoContextLike, next: () => Promise<void>): Promise<Response | undefined>
  /**
   * Who sends a request that has passed this guard; undefined where it asks for no one in particular and no good token came.
   * Its `signal` is aborted when it is revoked or expires.
   *
   * @throws {DefinitionInvalid} The request has not passed this guard.
   */
  principalOf(context: HonoContextLike): Principal | undefined
}

/**
 * Middleware that lets only those pass who may: others are answered 401, 403 or 503 as RFC 6750 says.
 *
 * The application starts the authenticator before it serves, and stops it at its end.
 */
export function guard(authenticator: Authenticator, access: GuardedAccess): HonoGuard {
  const principals = new Principals<Request>()
  const middleware = async (context: HonoContextLike, next: () => Promise<void>): Promise<Response | undefined> => {
    const decision = await decide(authenticator, access, ofFetch(context.req.raw))
    if (decision.denial !== undefined) return deniedResponse(decision.denial)
    principals.set(context.req.raw, decision.principal)
    for (const [name, value] of Object.entries(decision.headers)) context.header(name, value)
    await next()
    return undefined
  }
  return Object.assign(middleware, { principalOf: (context: HonoContextLike) => principals.get(context.req.raw) })
}
