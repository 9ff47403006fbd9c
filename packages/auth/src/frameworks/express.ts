import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator, Principal } from '@tidings/core'
import { decide, type GuardedAccess } from './decide.ts'
import { ofNode } from './node-request.ts'
import { Principals } from './principals.ts'

/** What Express, and whatever else is built like it, calls for each request. */
export interface ExpressGuard {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  /**
   * Who sends a request that has passed this guard; undefined where it asks for no one in particular and no good token came.
   * Its `signal` is aborted when it is revoked or expires.
   *
   * @throws {DefinitionInvalid} The request has not passed this guard.
   */
  principalOf(request: IncomingMessage): Principal | undefined
}

/**
 * Lets only those pass who may: others are answered 401, 403 or 503 as RFC 6750 says, and the next handler is not called.
 * Works with Express 5 and everything that calls `(request, response, next)`.
 *
 * The application starts the authenticator before it listens, and stops it at its end.
 */
export function guard(authenticator: Authenticator, access: GuardedAccess): ExpressGuard {
  const principals = new Principals<IncomingMessage>()
  const middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    decide(authenticator, access, ofNode(request, response)).then((decision) => {
      if (decision.denial !== undefined) {
        const { status, headers, body } = decision.denial
        response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
        response.end(request.method === 'HEAD' ? undefined : body)
        return
      }
      for (const [name, value] of Object.entries(decision.headers)) response.setHeader(name, value)
      principals.set(request, decision.principal)
      next()
    }, next)
  }
  return Object.assign(middleware, { principalOf: (request: IncomingMessage) => principals.get(request) })
}
