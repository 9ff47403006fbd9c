import type { IncomingMessage } from 'node:http'
import { internalTokenHeader } from '../../tokens/token-rules.ts'
import { endToEnd, headerPairs, isReserved, plainName, valuesOf } from './header-names.ts'

/** What the gateway itself tells a service about a request. */
export interface ToldToService {
  /** The service's own host, with its port. */
  readonly host: string
  readonly internalToken: string | undefined
  /** How long the gateway still waits, in milliseconds. */
  readonly timeoutMs: number
  /** Where the request came from: the client, then every trusted proxy on its way. */
  readonly forwardedFor: string
  readonly forwardedProto: string
}

const tracePattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]*)?$/
/** Said anew for each connection. */
const ownWords = new Set(['host', 'content-length', 'expect', 'via', 'traceparent', 'tracestate'])

/** The headers of a request as its service gets them: what the client may say, and what only the gateway may. */
export function headersToService(request: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>, told: ToldToService): string[] {
  const { rawHeaders } = request
  const kept: string[] = ['host', told.host]
  for (const [name, value] of headerPairs(endToEnd(rawHeaders))) {
    if (!isReserved(name) && !ownWords.has(plainName(name))) kept.push(name, value)
  }
  kept.push(...trace(rawHeaders))
  kept.push('via', [...valuesOf(rawHeaders, 'via'), `${request.httpVersion} tidings`].join(', '))
  kept.push('x-forwarded-for', told.forwardedFor, 'x-forwarded-proto', told.forwardedProto)
  const [host] = valuesOf(rawHeaders, 'host')
  if (host !== undefined) kept.push('x-forwarded-host', host)
  // The form tells a public route from the calls of other Tidings processes, which send a timeout as well.
  kept.push('tidings-form', 'public', 'tidings-timeout-ms', String(Math.ceil(told.timeoutMs)))
  if (told.internalToken !== undefined) kept.push(internalTokenHeader, told.internalToken)
  return kept
}

/** A trace that cannot be read is left out, as its standard asks. */
function trace(rawHeaders: readonly string[]): string[] {
  const [parent, ...more] = valuesOf(rawHeaders, 'traceparent')
  if (parent === undefined || more.length > 0 || parent.length > 512 || !tracePattern.test(parent)) return []
  const states = valuesOf(rawHeaders, 'tracestate')
  return ['traceparent', parent, ...states.flatMap((state) => ['tracestate', state])]
}
