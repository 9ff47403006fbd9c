import { type Fault, TidingsError } from '@tidings/core'

/** What is wrong with a request before any operation sees it, and the status that says so. */
export class BadRequest extends TidingsError {
  readonly code: string
  readonly retryable = false
  readonly status: number
  readonly faults: readonly Fault[]

  constructor(facts: { code: string; status: number; message: string; faults?: readonly Fault[] }) {
    super(facts.message)
    this.code = facts.code
    this.status = facts.status
    this.faults = facts.faults ?? []
  }
}

/** The body is not JSON that can be read without loss. */
export function malformedBody(fault: string, path = ''): BadRequest {
  const where = path === '' ? 'The body' : `The body at ${path}`
  return new BadRequest({
    code: 'BODY_MALFORMED',
    status: 400,
    message: `${where} ${fault}. Send one JSON value in UTF-8.`,
    faults: [{ path, message: fault }],
  })
}
