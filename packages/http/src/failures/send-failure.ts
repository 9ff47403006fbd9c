import type { HttpRoute, OperationAnswer } from '@tidings/core'
import type { FastifyReply } from 'fastify'
import { problemOf } from './problem.ts'
import { retryAfterOf, statusOf } from './status-of.ts'

type Failure = Extract<OperationAnswer, { ok: false }>['error']

/** Who the failure is written for: another Tidings process, or a client of a public route. */
export type Audience = { readonly form: 'internal' } | { readonly form: 'public'; readonly service?: string; readonly route?: HttpRoute }

/** Answers a failure in the form that its audience reads. @param status @default what {@link statusOf} says */
export function sendFailure(reply: FastifyReply, audience: Audience, error: Failure, status?: number): FastifyReply {
  const answered = status ?? statusOf(error, audience.form === 'public' ? audience.route : undefined)
  const retryAfter = retryAfterOf(answered, error)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  // RFC 9110 wants a challenge with every 401; tokens are the one scheme there is.
  if (answered === 401 && !reply.hasHeader('www-authenticate')) reply.header('www-authenticate', 'Bearer')
  reply.code(answered)
  if (audience.form === 'internal') return reply.type('application/json').send({ error })
  // As text: a serializer by content type would not know problem+json.
  return reply.type('application/problem+json').send(JSON.stringify(problemOf(answered, error, audience.service)))
}
