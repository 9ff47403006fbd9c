import { TidingsError } from '@tidings/core'

/** Another program listens on the port. The server was not started. */
export class AddressInUse extends TidingsError {
  readonly code = 'HTTP_ADDRESS_IN_USE'
  readonly retryable = true
  readonly host: string
  readonly port: number

  constructor(facts: { host: string; port: number; cause?: unknown }) {
    super(`Port ${facts.port} on ${facts.host} is taken by another program. Stop it, or give this server another port.`, {
      cause: facts.cause,
    })
    this.host = facts.host
    this.port = facts.port
  }
}

/** The system does not let this program listen there. The server was not started. */
export class ListenFailed extends TidingsError {
  readonly code = 'HTTP_LISTEN_FAILED'
  readonly retryable = false
  readonly host: string
  readonly port: number

  constructor(facts: { host: string; port: number; reason: string; cause?: unknown }) {
    super(
      `This program cannot listen on port ${facts.port} of ${facts.host} (${facts.reason}). Give the server a host and port that it may use.`,
      {
        cause: facts.cause,
      },
    )
    this.host = facts.host
    this.port = facts.port
  }
}

/** Tells a refused start as one of ours. */
export function listenError(host: string, port: number, cause: unknown): Error {
  // Node's errors carry their code so; anything else has none.
  const reason = (cause as NodeJS.ErrnoException | null)?.code
  if (reason === 'EADDRINUSE') return new AddressInUse({ host, port, cause })
  return new ListenFailed({ host, port, reason: reason ?? 'no reason given', cause })
}
