/** What a request asks for, in the one spelling that is taken. */
export interface RequestTarget {
  /** As it was sent and as it is forwarded. */
  readonly path: string
  /** With its question mark; empty where there is none. */
  readonly search: string
}

/** Paths are answered with 400 when two readers might understand them differently. */
export type TargetFault = { readonly fault: string }

// RFC 3986: what a segment may consist of, without `;`, which some servers cut off together with what follows.
const segment = /^(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+$/
// Letters, digits, - . _ ~ need no encoding; slashes, backslashes, controls and `;` mean something once they are decoded.
const tellingEscape = /%(?:3[0-9bB]|4[1-9a-fA-F]|5[0-9aAfFcC]|6[1-9a-fA-F]|7[0-9aAeEfF]|2[dDeEfF]|[01][0-9a-fA-F])/
// Whoever decodes twice would find another escape.
const doubleEscape = /%25[0-9A-Fa-f]{2}/
const query = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?[\]{}|^`<>"\\-]|%[0-9A-Fa-f]{2})*$/
const maxLength = 8_192

/**
 * Reads the target of a request, and refuses every path that a server further on may take for another one: what is routed
 * and guarded here is what is answered there.
 */
export function readTarget(url: string | undefined): RequestTarget | TargetFault {
  if (url === undefined || !url.startsWith('/')) return { fault: 'is not a path' }
  if (url.length > maxLength) return { fault: `is longer than ${maxLength} characters` }
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  const search = mark === -1 ? '' : url.slice(mark)
  if (!query.test(search.slice(1))) return { fault: 'has a query with characters that must be percent-encoded' }
  const fault = pathFault(path)
  return fault === undefined ? { path, search } : { fault }
}

function pathFault(path: string): string | undefined {
  const segments = path.slice(1).split('/')
  // `/` alone, and a slash at the end.
  if (segments.at(-1) === '') segments.pop()
  for (const text of segments) {
    if (text === '') return 'has two slashes in a row'
    if (text === '.' || text === '..') return 'has a segment of dots'
    if (!segment.test(text)) return 'has characters that must be percent-encoded'
    if (tellingEscape.test(text)) return 'encodes what is not to be encoded in a path'
    if (doubleEscape.test(text)) return 'encodes what is encoded already'
  }
  try {
    decodeURIComponent(path)
    return undefined
  } catch {
    return 'is not percent-encoded UTF-8'
  }
}
