import type { Logger, OperationAnswer } from '@tidings/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { BadRequest } from './bad-request.ts'
import { type Audience, sendFailure } from './send-failure.ts'

type Failure = Extract<OperationAnswer, { ok: false }>['error']

/** What fastify refuses by itself, in our words. */
const refusals: Readonly<Record<string, { readonly status: number; readonly code: string; readonly message: string }>> = Object.freeze({
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: 'The body is larger than this server takes. Send less at a time.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'CONTENT_TYPE_REFUSED',
    message: 'Send the body as application/json, and say so in Content-Type.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'BODY_MALFORMED',
    message: 'The body has another length than Content-Length says.',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'URL_MALFORMED', message: 'The path is not percent-encoded UTF-8.' },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'URL_TOO_LONG', message: 'A part of the path is longer than this server takes.' },
})

/** Answers whatever went wrong around an operation. Only what nobody foresaw is news for the log, and never for the client. */
export function handleFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  audience: Audience,
  logger: Logger,
): FastifyReply {
  if (error instanceof BadRequest) {
    return sendFailure(reply, audience, { code: error.code, message: error.message, retryable: false, faults: error.faults }, error.status)
  }
  // Errors of fastify and of Node carry their code so; anything else has none.
  const code = (error as NodeJS.ErrnoException | null)?.code ?? ''
  const refusal = Object.hasOwn(refusals, code) ? refusals[code] : undefined
  if (refusal !== undefined) {
    if (refusal.status === 415) reply.header('accept', 'application/json')
    return sendFailure(reply, audience, { ...refusal, retryable: false }, refusal.status)
  }
  // The client went away while it was sending; nobody is left to answer.
  if (code !== 'ECONNRESET') logger.error(`${request.method} ${request.routeOptions.url ?? '(no route)'} failed`, { error })
  const internal: Failure = { code: 'INTERNAL', message: 'Something is wrong in this server; its log tells what.', retryable: false }
  return sendFailure(reply, audience, internal)
}
