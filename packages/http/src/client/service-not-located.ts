import { TidingsError } from '@tidings/core'
import { variableOf } from './locate-by-environment.ts'

/** Nobody told this client where the service is. The request was not sent. */
export class ServiceNotLocated extends TidingsError {
  readonly code = 'HTTP_SERVICE_NOT_LOCATED'
  readonly retryable = false
  readonly service: string

  constructor(facts: { service: string; reason: string }) {
    super(
      `The service ${facts.service} cannot be called: ${facts.reason}. Give its address in the option locate of httpClient, such as { ${JSON.stringify(facts.service)}: 'http://10.0.0.7:4101' }, or without that option in ${variableOf(facts.service)}.`,
    )
    this.service = facts.service
  }
}
