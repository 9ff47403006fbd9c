import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Audience, sendFailure } from './send-failure.ts'

/**
 * Whether a request is written in the internal form, which always says how long its caller waits. A gateway says so as well
 * of what it passes on from outside, and names the form.
 */
export function isInternal({ headers }: FastifyRequest): boolean {
  return headers['tidings-timeout-ms'] !== undefined && headers['tidings-form'] !== 'public'
}

/** An address that nobody has is answered in the form of its asker. */
export function audienceOf(request: FastifyRequest): Audience {
  return isInternal(request) ? { form: 'internal' } : { form: 'public' }
}

/** Answers that nobody has the address. */
export function nothingHere(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Without the query, which may hold what should not stand in an answer that is kept.
  const path = request.url.split('?', 1)[0]?.slice(0, 200)
  const message = `There is nothing at ${request.method} ${path}. See the contract for the routes there are.`
  return sendFailure(reply, audienceOf(request), { code: 'OPERATION_UNKNOWN', message, retryable: false })
}
