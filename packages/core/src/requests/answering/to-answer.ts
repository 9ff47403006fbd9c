import type { AnyOperation } from '../../contracts/define-operation.ts'
import {
  CommandStillRunning,
  IdempotencyKeyReused,
  OperationFailed,
  OperationUnknown,
  RequestFailed,
  RequestTimedOut,
  ServiceUnavailable,
} from '../../errors/request-errors.ts'
import { TidingsError } from '../../errors/tidings-error.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'
import type { Logger } from '../../ports/runtime.ts'
import { encodeBy } from './encode-output.ts'

type FailedAnswer = Extract<OperationAnswer, { ok: false }>

/**
 * Turns whatever a handler threw into an answer that may cross the wire. Errors that the contract declares go as they are;
 * of all others only the code and whether a repetition may help, while the error itself goes to the log of this service.
 *
 * Never rejects.
 */
export async function toAnswer(
  error: unknown,
  request: OperationRequest,
  operation: AnyOperation | undefined,
  logger: Logger,
): Promise<FailedAnswer> {
  if (isAbout(error, request)) {
    if (error instanceof OperationFailed) return await declared(error, request, operation, logger)
    return failed(error, { message: error.message, ...comeBack(error) })
  }
  return internal(error, request, logger)
}

/** The answer to a request that failed in a way of which the caller learns no more than a code. */
function internal(error: unknown, request: OperationRequest, logger: Logger): FailedAnswer {
  const { code, retryable } = causeOf(error)
  logger.error(`${request.service}.${request.operation} failed (${code})`, { code, correlationId: request.correlationId, error })
  const message = retryable
    ? `It could not be carried out now; the log of ${request.service} tells why.`
    : `Something is wrong in ${request.service}; its log tells what.`
  return failed({ code, retryable }, { message, ...comeBack(error) })
}

/** Errors with a meaning of their own for this request's caller; the same ones from calls that the handler made are not. */
function isAbout(error: unknown, request: OperationRequest): error is TidingsError {
  if (error instanceof ServiceUnavailable) return error.service === request.service
  if (
    error instanceof OperationFailed ||
    error instanceof IdempotencyKeyReused ||
    error instanceof CommandStillRunning ||
    error instanceof OperationUnknown ||
    error instanceof RequestTimedOut
  ) {
    return error.service === request.service && error.operation === request.operation
  }
  return false
}

function causeOf(error: unknown): { readonly code: string; readonly retryable: boolean } {
  if (error instanceof ServiceUnavailable || error instanceof RequestTimedOut || error instanceof RequestFailed) {
    // Whatever is wrong there may be put right there, without a change of this request.
    return { code: 'DEPENDENCY_FAILED', retryable: true }
  }
  if (
    error instanceof CommandStillRunning ||
    error instanceof OperationFailed ||
    error instanceof IdempotencyKeyReused ||
    error instanceof OperationUnknown
  ) {
    return { code: 'DEPENDENCY_FAILED', retryable: error.retryable }
  }
  // Of a value that the handler itself made or sent on: to this request's caller a fault within.
  if (!(error instanceof TidingsError) || error.code === 'CONTRACT_VIOLATION') return { code: 'INTERNAL', retryable: false }
  return error
}

/** When to ask again, where the error knows. */
function comeBack(error: unknown): { readonly retryAfterMs?: number } {
  const knows = error instanceof ServiceUnavailable || error instanceof CommandStillRunning || error instanceof RequestFailed
  return knows && error.retryAfterMs !== undefined ? { retryAfterMs: error.retryAfterMs } : {}
}

async function declared(
  error: OperationFailed,
  request: OperationRequest,
  operation: AnyOperation | undefined,
  logger: Logger,
): Promise<FailedAnswer> {
  const schema = operation !== undefined && Object.hasOwn(operation.errors, error.reason) ? operation.errors[error.reason] : undefined
  if (schema === undefined) return internal(new TypeError(`The contract declares no error ${error.reason}`), request, logger)
  try {
    const detail = await encodeBy(schema, error.detail, `detail of ${error.reason} of ${request.service}.${request.operation}`)
    return failed(error, { message: error.message, reason: error.reason, detail })
  } catch (invalid) {
    return internal(invalid, request, logger)
  }
}

function failed(
  cause: { readonly code: string; readonly retryable: boolean },
  rest: Omit<FailedAnswer['error'], 'code' | 'retryable'>,
): FailedAnswer {
  return { ok: false, error: { code: cause.code, retryable: cause.retryable, ...rest } }
}
