import { errorTypeOf } from '@tidings/core'
import { HandlerFailure } from './apply-events.ts'

/** What `error.type` says of a failure: that of the handler, where it was one. */
export function failureTypeOf(error: unknown): string {
  return errorTypeOf(error instanceof HandlerFailure ? error.cause : error)
}
