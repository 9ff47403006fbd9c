import type { ClientRequest } from 'node:http'
import { Refused, unavailable } from '../refusals/refused.ts'

/** A service did not accept a connection in time. */
export class ConnectTimedOut extends Error {
  readonly code: string = 'CONNECT_TIMED_OUT'
}

/** What went wrong before a connection stood, so that nothing can have reached the service. */
const unreached = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'CONNECT_TIMED_OUT'])

/** What a failed request means for the client. */
export function refusalOf(cause: unknown, service: string): Refused {
  if (cause instanceof Refused) return cause
  const code = codeOf(cause)
  if (unreached.has(code)) return unavailable(`${service} cannot be reached now. Nothing was done; ask again in a moment.`, { cause })
  const message = code.startsWith('HPE_')
    ? `${service} answered something that is not HTTP. A command may have taken effect.`
    : `The connection to ${service} broke before the answer was there. A command may have taken effect.`
  return new Refused(502, code.startsWith('HPE_') ? 'ANSWER_BROKEN' : 'CONNECTION_LOST', message, { cause })
}

/** Whether a request that asks again does no harm: it only reads, and died with a connection that was kept from before. */
export function mayRepeat(outgoing: ClientRequest, cause: unknown): boolean {
  return outgoing.reusedSocket && ['GET', 'HEAD'].includes(outgoing.method) && ['ECONNRESET', 'EPIPE'].includes(codeOf(cause))
}

/** With several addresses for one host name, Node tells of all attempts in one error; they failed before a connection stood. */
function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0])
  // Errors of Node carry their code so; anything else has none.
  return (cause as NodeJS.ErrnoException | null)?.code ?? ''
}
