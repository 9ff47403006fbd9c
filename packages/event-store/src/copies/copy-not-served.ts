import { TidingsError } from '@tidings/core'

/** Another version of the service has built the copy to its own definition, and this one's is served no more. */
export class CopyNotServed extends TidingsError {
  readonly code = 'COPY_NOT_SERVED'
  readonly retryable = false
  readonly copy: string

  constructor(facts: { service: string; copy: string }) {
    super(
      `The copy ${facts.copy} of ${facts.service} is served in the definition of another version of the code. Stop this instance, or start it anew to build its own.`,
    )
    this.copy = facts.copy
  }
}
