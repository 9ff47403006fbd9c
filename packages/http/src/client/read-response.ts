import { type Json, type OperationAnswer, type OperationRequest, RequestFailed } from '@tidings/core'

type Failure = Extract<OperationAnswer, { ok: false }>['error']

/**
 * Reads the body of an answer in the internal form.
 *
 * @throws {RequestFailed} Whatever answered is no Tidings server, or a proxy between answered in its place.
 */
export function readResponse(status: number, text: string, request: OperationRequest): OperationAnswer {
  const body = parsed(text)
  if (isObject(body)) {
    // What JSON.parse answers is Json.
    if (status === 200 && Object.hasOwn(body, 'output')) return { ok: true, output: body.output as Json }
    if (status !== 200 && isFailure(body.error)) return { ok: false, error: body.error }
  }
  throw new RequestFailed({
    ...request,
    remoteCode: 'ANSWER_INVALID',
    reason: `Status ${status} came with a body that is no answer of a Tidings server. See what listens at the address of ${request.service}.`,
    // What stands between and says that it is overloaded may say otherwise the next time.
    retryable: status >= 500 || status === 429,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isFailure(value: unknown): value is Failure {
  if (!isObject(value)) return false
  const { code, message, retryable, reason, faults, retryAfterMs } = value
  return (
    typeof code === 'string' &&
    typeof message === 'string' &&
    typeof retryable === 'boolean' &&
    (reason === undefined || typeof reason === 'string') &&
    (faults === undefined ||
      (Array.isArray(faults) &&
        faults.every((fault) => isObject(fault) && typeof fault.path === 'string' && typeof fault.message === 'string'))) &&
    (retryAfterMs === undefined || typeof retryAfterMs === 'number')
  )
}
