import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator, Principal } from '@tidings/core'
import { decide, type GuardedAccess } from './decide.ts'
import { ofNode } from './node-request.ts'
import { Principals } from './principals.ts'

/** What a guard needs of a request of Fastify. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage
}

/** What a guard needs of a reply of Fastify. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse
  /** Sets the status. */
  code(status: number): unknown
  /** Sets headers. */
  headers(values: Record<string, string>): unknown
  /** Answers. */
  send(body: string): unknown
}

/** A hook of Fastify. */
export interface FastifyGuard {
  (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown>
  /**
   * Who sends a request that has passed this guard; undefined where it asks for no one in particular and no good token came.
   * Its `signal` is aborted when it is revoked or expires.
   *
   * @throws {DefinitionInvalid} The request has not passed this guard.
   */
  principalOf(request: FastifyRequestLike): Principal | undefined
}

/**
 * A hook that lets only those pass who may: others are answered 401, 403 or 503 as RFC 6750 says. For `onRequest`, of all
 * routes or of one, so that nobody who is not let in makes the server read a body.
 *
 * The application starts the authenticator before it listens, and stops it at its end.
 */
export function guard(authenticator: Authenticator, access: GuardedAccess): FastifyGuard {
  const principals = new Principals<IncomingMessage>()
  const hook = async (request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown> => {
    const decision = await decide(authenticator, access, ofNode(request.raw, reply.raw))
    if (decision.denial === undefined) {
      reply.headers({ ...decision.headers })
      principals.set(request.raw, decision.principal)
      return undefined
    }
    const { status, headers, body } = decision.denial
    reply.code(status)
    reply.headers({ ...headers })
    return reply.send(body)
  }
  return Object.assign(hook, { principalOf: ({ raw }: FastifyRequestLike) => principals.get(raw) })
}
