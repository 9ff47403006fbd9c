import type { AnyOperation } from '../../contracts/define-operation.ts'
import { RequestFailed, RequestTimedOut, ServiceUnavailable } from '../../errors/request-errors.ts'
import { TidingsError } from '../../errors/tidings-error.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'

/** What one attempt came to. */
export type Outcome = { readonly answer: OperationAnswer } | { readonly error: unknown }

/** Answers that say that the service itself is out of order, not that this request is wrong. */
const sickCodes: ReadonlySet<string> = new Set(['SERVICE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_OVERLOADED'])

/** The same, if the service had time enough. */
const lateCodes: ReadonlySet<string> = new Set(['REQUEST_TIMED_OUT', 'HANDLER_TIMED_OUT'])

/** No answer of the service came, or what came was none. */
const lostCodes: ReadonlySet<string> = new Set(['CONNECTION_LOST', 'ANSWER_INVALID', 'UNKNOWN'])

/**
 * What an outcome says about the service: it does its work, it does not, or nothing. An error of the contract and a refused
 * input are work well done; so is a failed dependency, or one service out of order would close the way to all before it.
 */
export function verdictOf(outcome: Outcome, request: OperationRequest, operation: AnyOperation): 'up' | 'down' | 'unknown' {
  // A caller in a hurry must not close the way for all others.
  const late = request.timeoutMs * 2 >= operation.timeoutMs ? 'down' : 'unknown'
  if ('answer' in outcome) {
    if (outcome.answer.ok || !isAnyOf(outcome.answer.error.code)) return 'up'
    return lateCodes.has(outcome.answer.error.code) ? late : 'down'
  }
  const { error } = outcome
  if (error instanceof RequestTimedOut) return late
  if (error instanceof ServiceUnavailable) return 'down'
  return error instanceof RequestFailed && lostCodes.has(error.remoteCode) ? 'down' : 'unknown'
}

/**
 * Whether the same request may fare better in a moment. Not so when time was what it lacked. Nor when a service behind the one
 * asked has failed: that one was asked again from there, and repetitions must not multiply from service to service.
 */
export function isTransient(outcome: Outcome): boolean {
  if ('error' in outcome) {
    return outcome.error instanceof TidingsError && outcome.error.retryable && !(outcome.error instanceof RequestTimedOut)
  }
  const { answer } = outcome
  return !answer.ok && answer.error.retryable && answer.error.code !== 'DEPENDENCY_FAILED' && !lateCodes.has(answer.error.code)
}

/** Whether the request may have been carried out though no answer says so. */
export function isLost(outcome: Outcome): outcome is { readonly error: RequestFailed } {
  return 'error' in outcome && outcome.error instanceof RequestFailed
}

/** Whether the request was not taken. */
export function isUnavailable(outcome: Outcome): boolean {
  if ('error' in outcome) return outcome.error instanceof ServiceUnavailable
  return !outcome.answer.ok && outcome.answer.error.code === 'SERVICE_UNAVAILABLE'
}

function isAnyOf(code: string): boolean {
  return sickCodes.has(code) || lateCodes.has(code)
}
