import type { OperationFailed } from '@tidings/core'

/** Thrown by a handler that fails and still wants its transaction committed. Becomes `failure` once that has happened. */
export class CommittedFailure extends Error {
  readonly failure: OperationFailed

  constructor(failure: OperationFailed) {
    super(failure.message)
    this.failure = failure
  }
}
