import { TidingsError } from '@tidings/core'

/** The system has no service of that name. Nothing was done. */
export class ServiceNotInSystem extends TidingsError {
  readonly code = 'SERVICE_NOT_IN_SYSTEM'
  readonly retryable = false
  readonly service: string
  /** The services that it has. */
  readonly services: readonly string[]

  constructor(facts: { service: string; services: readonly string[] }) {
    super(
      `The system has no service "${facts.service}"; it has ${facts.services.join(', ') || 'none'}. Nothing was done. Name one of these, or list the service in createSystem.`,
    )
    this.service = facts.service
    this.services = facts.services
  }
}
