import { TidingsError } from '@tidings/core'

/** Newer code has retired a handler of this instance, or given its name to another event. This instance handles nothing until it is started anew. */
export class HandlerReplaced extends TidingsError {
  readonly code = 'HANDLER_REPLACED'
  readonly retryable = false
  readonly handler: string

  constructor(facts: { consumer: string; handler: string }) {
    super(
      `Another version of the code has retired the handler ${facts.handler} of ${facts.consumer}, or given its name to another event, while this instance was running. ` +
        'It cannot know where to go on, and handles nothing. Stop it, or start it anew to begin with the handler as a new one.',
    )
    this.handler = facts.handler
  }
}
