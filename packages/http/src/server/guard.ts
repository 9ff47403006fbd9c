import { type Access, type Authenticator, accessRefusal, type Principal, type Refusal } from '@tidings/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Audience, sendFailure } from '../failures/send-failure.ts'
import { goneSignal } from './gone-signal.ts'

/** The name under which a request keeps who sends it. */
export const principalDecoration = 'principal'

/** The header in which a caller gets a token in place of one that expired. */
const renewedHeader = 'tidings-renewed-token'

/** Who sends a request; undefined where nobody has asked. */
export function principalOf(request: FastifyRequest): Principal | undefined {
  return request.getDecorator<Principal | null>(principalDecoration) ?? undefined
}

/** Lets callers in as the access rules of contracts ask. */
export class Guard {
  readonly #authenticator: Authenticator | undefined

  constructor(authenticator: Authenticator | undefined) {
    this.#authenticator = authenticator
  }

  /** Finds out who sends the request, where its rule asks for that, and answers who is not let in. */
  async letIn(access: Access | undefined, request: FastifyRequest, reply: FastifyReply, audience: Audience): Promise<unknown> {
    if (this.#authenticator === undefined || access === undefined || access === 'public') return undefined
    const credential = { header: (name: string) => request.raw.headersDistinct[name] ?? [], signal: goneSignal(reply) }
    const seen = await this.#authenticator.authenticate(credential)
    if (seen.outcome === 'authenticated') {
      const refusal = accessRefusal(seen.principal, access)
      if (refusal !== undefined) return refuse(reply, audience, refusal)
      request.setDecorator(principalDecoration, seen.principal)
      if (seen.renewedToken !== undefined) reply.header(renewedHeader, seen.renewedToken).header('cache-control', 'no-store')
      return undefined
    }
    if (access === 'optional') return undefined
    if (seen.outcome !== 'undecided') return refuse(reply, audience, seen.refusal)
    const message = 'Whether the credential is good cannot be told now. Ask again in a moment.'
    const failure = { code: 'AUTHENTICATION_UNDECIDED', message, retryable: true, retryAfterMs: seen.retryAfterMs }
    return sendFailure(reply, audience, failure, 503)
  }
}

/** What the caller learns is the challenge. The code of the cause would help whoever tries out forged credentials. */
function refuse(reply: FastifyReply, audience: Audience, { status, challenge }: Refusal): FastifyReply {
  reply.header('www-authenticate', challenge)
  const failure =
    status === 401
      ? { code: 'UNAUTHENTICATED', message: 'Send a good access token as Authorization: Bearer and the token.' }
      : { code: 'FORBIDDEN', message: 'The caller may not do this. Ask for the scopes that WWW-Authenticate names.' }
  return sendFailure(reply, audience, { ...failure, retryable: false }, status)
}
