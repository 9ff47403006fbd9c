import type { IncomingMessage } from 'node:http'
import { BadRequest } from '../failures/bad-request.ts'

/**
 * Headers that decide about a request. Of two, Node would take one or join them, and whoever stands between might take the other.
 * Of two credentials, the guard decides.
 */
const once = new Set([
  'host',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'expect',
  'idempotency-key',
  'tidings-timeout-ms',
  'tidings-correlation-id',
  'tidings-causation-id',
])

/** The methods that a route may have, and those that every server knows. */
export const methods = Object.freeze(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * What is wrong with a request before its body is read, where Node lets it pass: things that two readers may understand
 * differently, and bodies that this server could not read.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export function headFault(request: IncomingMessage): BadRequest | undefined {
  const { headers, httpVersion, method = '' } = request
  const repeated = repeatedHeader(request.rawHeaders)
  if (repeated !== undefined) return malformed(`The header ${repeated} comes twice.`, repeated)
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return malformed('This is neither HTTP/1.1 nor HTTP/1.0.')
  if (httpVersion === '1.1' && headers.host === undefined) return malformed('The header host is missing.', 'host')
  const coding = headers['transfer-encoding']
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0')) {
    return malformed('The header transfer-encoding is not chunked, in HTTP/1.1.', 'transfer-encoding')
  }
  if (!methods.includes(method)) {
    return new BadRequest({ code: 'METHOD_REFUSED', status: 501, message: `This server does not know the method ${method}.` })
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    const message = 'This server reads bodies that are not compressed. Send it without Content-Encoding.'
    return new BadRequest({ code: 'CONTENT_ENCODING_REFUSED', status: 415, message })
  }
  return undefined
}

/** Names and values stand in turn. */
function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  let seen: string[] | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? ''
    if (!once.has(name)) continue
    if (seen === undefined) seen = [name]
    else if (seen.includes(name)) return name
    else seen.push(name)
  }
  return undefined
}

function malformed(message: string, header?: string): BadRequest {
  const faults = header === undefined ? [] : [{ path: `header ${header}`, message }]
  return new BadRequest({ code: 'REQUEST_MALFORMED', status: 400, message: `${message} Nothing was done.`, faults })
}
