import type { HttpRoute, OperationAnswer } from '@tidings/core'

type Failure = Extract<OperationAnswer, { ok: false }>['error']

const statuses: Readonly<Record<string, number>> = Object.freeze({
  CONTRACT_VIOLATION: 400,
  OPERATION_UNKNOWN: 404,
  OPERATION_FAILED: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  COMMAND_STILL_RUNNING: 409,
  SERVICE_UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  STORE_OVERLOADED: 503,
  REQUEST_TIMED_OUT: 504,
  HANDLER_TIMED_OUT: 504,
})

/** The HTTP status that says what a failed answer says. A route may give declared errors statuses of their own. */
export function statusOf(error: Failure, route?: HttpRoute): number {
  if (
    error.code === 'OPERATION_FAILED' &&
    error.reason !== undefined &&
    route?.errors !== undefined &&
    Object.hasOwn(route.errors, error.reason)
  ) {
    return route.errors[error.reason] ?? 422
  }
  // What may go well the next time is no fault of the program: 503 asks the client to come back.
  return Object.hasOwn(statuses, error.code) ? (statuses[error.code] ?? 500) : error.retryable ? 503 : 500
}

/**
 * Seconds for `Retry-After`, which every 503 carries, and whatever else says when to come back: a declared error by a field
 * `retryAfterMs` of its facts. Undefined for others.
 */
export function retryAfterOf(status: number, error: Pick<Failure, 'retryAfterMs' | 'detail'>): number | undefined {
  const ms = error.retryAfterMs ?? declaredMs(error.detail)
  if (status !== 503 && ms === undefined) return undefined
  return Math.max(1, Math.ceil((ms ?? 0) / 1_000))
}

function declaredMs(facts: Failure['detail']): number | undefined {
  if (typeof facts !== 'object' || facts === null || !('retryAfterMs' in facts)) return undefined
  return typeof facts.retryAfterMs === 'number' ? facts.retryAfterMs : undefined
}
