import { TidingsError } from '@tidings/core'

/** The gateway cannot listen at its address: something listens there already, or the system does not let it. */
export class GatewayNotListening extends TidingsError {
  readonly code = 'AUTH_GATEWAY_NOT_LISTENING'
  readonly retryable = false
  readonly host: string
  readonly port: number

  constructor(facts: { host: string; port: number; reason: string; cause?: unknown }) {
    super(
      `The gateway cannot listen on port ${facts.port} of ${facts.host} (${facts.reason}). Stop what listens there, or give it another host and port.`,
      { cause: facts.cause },
    )
    this.host = facts.host
    this.port = facts.port
  }
}
