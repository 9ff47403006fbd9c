import { STATUS_CODES } from 'node:http'
import type { Fault, Json, OperationAnswer } from '@tidings/core'

type Failure = Extract<OperationAnswer, { ok: false }>['error']

/**
 * A failure as a public client sees it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export interface Problem {
  /** `urn:tidings:<service>:<reason>` for errors that a contract declares, else `urn:tidings:<code>`. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  /** The name of a declared error, with its facts. */
  readonly reason?: string
  readonly facts?: Json
  /** Every fault of an input that breaks its contract. */
  readonly faults?: readonly Fault[]
}

/** Writes a failed answer as a problem. */
export function problemOf(
  status: number,
  error: Pick<Failure, 'code' | 'message' | 'reason' | 'detail' | 'faults'>,
  service?: string,
): Problem {
  const declared = error.reason !== undefined
  return {
    type: declared ? `urn:tidings:${service ?? ''}:${error.reason}` : `urn:tidings:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: declared ? error.reason : (STATUS_CODES[status] ?? 'Error'),
    status,
    detail: error.message,
    code: error.code,
    ...(declared ? { reason: error.reason } : {}),
    ...(error.detail === undefined ? {} : { facts: error.detail }),
    ...(error.faults === undefined || error.faults.length === 0 ? {} : { faults: error.faults }),
  }
}
