import { DurationHistogram, type OperationAnswer, type OperationRequest, type WorkSpan } from '@tidings/core'

/** Answers that tell the caller of a fault of its own, or of what the contract foresees: the service did its work. */
const expected: ReadonlySet<string> = new Set([
  'OPERATION_FAILED',
  'CONTRACT_VIOLATION',
  'IDEMPOTENCY_KEY_REUSED',
  'COMMAND_STILL_RUNNING',
  'OPERATION_UNKNOWN',
])

/** Tells traces and metrics what came of requests, in process and over HTTP alike. */
export class MeasuredOperations {
  readonly #duration = new DurationHistogram('tidings.operation.duration', 'How long operations took to answer.')

  /** Takes one request that was answered, and ends its span. */
  answered({ service, operation }: OperationRequest, answer: OperationAnswer, ms: number, span: WorkSpan): void {
    const known = { 'tidings.service': service, 'tidings.operation': operation }
    if (answer.ok) this.#duration.record(ms, known)
    else {
      const { code, reason } = answer.error
      const failure = { 'error.type': reason ?? code }
      if (expected.has(code)) span.set(failure)
      else span.fail(code)
      this.#duration.record(ms, { ...known, ...failure })
    }
    span.end()
  }
}
