import type { IncomingMessage } from 'node:http'
import { Refused } from '../refusals/refused.ts'
import { valuesOf } from './header-names.ts'

/** How the end of a body is told. */
export type Framing = { readonly kind: 'none' } | { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' }

const authority = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

/**
 * Reads where a request ends, and refuses every request that another server might cut elsewhere. Node's parser refuses most
 * of them before; what it leaves to its user is refused here.
 *
 * @throws {Refused}
 */
export function readFraming({ rawHeaders, httpVersion }: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>): Framing {
  const hosts = valuesOf(rawHeaders, 'host')
  if (hosts.length > 1 || hosts.some((host) => !authority.test(host))) throw malformed('It needs one Host, a name or an address.')
  const codings = valuesOf(rawHeaders, 'transfer-encoding')
  const lengths = valuesOf(rawHeaders, 'content-length')
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0]?.trim().toLowerCase() !== 'chunked' || lengths.length > 0 || httpVersion !== '1.1')
      throw malformed('Its Transfer-Encoding must be chunked, alone, and without Content-Length.')
    return { kind: 'chunked' }
  }
  const [length, ...more] = lengths
  if (length === undefined) return { kind: 'none' }
  if (more.length > 0 || !/^\d{1,15}$/.test(length)) throw malformed('Its Content-Length must be one whole number.')
  return { kind: 'length', bytes: Number(length) }
}

/** The headers that tell a service the same. */
export function framingHeaders(framing: Framing, method: string): string[] {
  if (framing.kind === 'chunked') return ['transfer-encoding', 'chunked']
  if (framing.kind === 'length') return ['content-length', String(framing.bytes)]
  // Without it Node would announce a body for these.
  return ['POST', 'PUT', 'PATCH'].includes(method) ? ['content-length', '0'] : []
}

function malformed(fault: string): Refused {
  return new Refused(400, 'REQUEST_MALFORMED', `This is not an HTTP request that everyone reads alike. ${fault}`)
}
