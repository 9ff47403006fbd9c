import { type OperationRequest, RequestFailed, RequestTimedOut, ServiceUnavailable, TidingsError } from '@tidings/core'

/** How long to wait before asking a service again that could not be reached. */
const retryAfterMs = 1_000

/** What went wrong before a connection stood, so that nothing can have reached the service. */
const unreached: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: 'nothing listens at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  EADDRNOTAVAIL: 'this machine has no free port to connect from',
  UND_ERR_CONNECT_TIMEOUT: 'it did not accept a connection in time',
})

/** Tells what a failed request means for its caller. The driver's error is kept as the cause. */
export function mapError(cause: unknown, request: OperationRequest, signal: AbortSignal | undefined): unknown {
  if (cause instanceof TidingsError) return cause
  if (signal?.aborted) return signal.reason
  const code = codeOf(cause)
  if (code !== undefined && Object.hasOwn(unreached, code)) {
    return new ServiceUnavailable({ service: request.service, reason: unreached[code] ?? code, retryAfterMs, cause })
  }
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return new RequestTimedOut({ ...request, cause })
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return new RequestFailed({ ...request, remoteCode: 'CLIENT_CLOSED', reason: 'This HTTP client was closed.', retryable: false, cause })
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return new RequestFailed({
        ...request,
        remoteCode: 'ANSWER_TOO_LARGE',
        reason: 'The answer is larger than this client takes (maxAnswerBytes).',
        retryable: false,
        cause,
      })
    default: {
      const reason = 'The connection broke before the answer was there, so a command may have taken effect.'
      return new RequestFailed({ ...request, remoteCode: 'CONNECTION_LOST', reason, retryable: true, cause })
    }
  }
}

/** With several addresses for one host name, Node tells of all attempts in one error; they failed before a connection stood. */
function codeOf(cause: unknown): string | undefined {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  // Errors of undici and of Node carry their code so; anything else has none.
  return (cause as NodeJS.ErrnoException | null)?.code
}
