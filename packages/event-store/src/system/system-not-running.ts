import { TidingsError } from '@tidings/core'

/** The system was used before it started or after it stopped. Nothing was done. */
export class SystemNotRunning extends TidingsError {
  readonly code = 'SYSTEM_NOT_RUNNING'
  readonly retryable = false

  constructor(service?: string) {
    super(
      `${service === undefined ? 'The system' : `The service ${service}`} is not running here. Nothing was done; await system.start(), and use it before system.stop().`,
    )
  }
}
