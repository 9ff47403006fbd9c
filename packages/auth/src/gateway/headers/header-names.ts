import { internalTokenHeader } from '../../tokens/token-rules.ts'

/**
 * A header's name as the most careless reader could understand it: case means nothing, and `_`, `.` and all other signs are
 * the same as `-` (CGI and its heirs).
 */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

const reservedNames = new Set([
  internalTokenHeader,
  'authorization',
  'forwarded',
  'x-real-ip',
  // What some frameworks believe of the path and the method, whatever the request line says.
  'x-original-url',
  'x-rewrite-url',
  'x-original-method',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
])
const reservedPrefixes = ['tidings-', 'x-tidings-', 'txn-token-', 'x-forwarded-', 'x-original-']

/** Whether only the gateway may say this to a service, and only a service or the gateway itself understands it. */
export function isReserved(name: string): boolean {
  const plain = plainName(name)
  return reservedNames.has(plain) || plain === 'tidings' || reservedPrefixes.some((prefix) => plain.startsWith(prefix))
}

/** What belongs to one connection only (RFC 9110, 7.6.1), and what speaks of the way a message is cut into pieces. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Pairs of names and values as Node keeps a message's headers: name, value, name, value. */
export type FlatHeaders = readonly string[]

/** Name and value of each header, in order, repeated ones included. */
export function* headerPairs(flat: FlatHeaders): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < flat.length; at += 2) yield [flat[at] ?? '', flat[at + 1] ?? '']
}

/** The headers that mean something past this connection: without those that `Connection` names, however it spells them. */
export function endToEnd(flat: FlatHeaders): string[] {
  const named = new Set<string>()
  for (const [name, value] of headerPairs(flat)) {
    if (plainName(name) === 'connection') for (const option of value.split(',')) named.add(plainName(option.trim()))
  }
  const kept: string[] = []
  for (const [name, value] of headerPairs(flat)) {
    const plain = plainName(name)
    if (!hopByHop.has(plain) && !named.has(plain)) kept.push(name, value)
  }
  return kept
}

/** Every value of a header, in order. The name is taken exactly but for its case, as HTTP does. */
export function valuesOf(flat: FlatHeaders, name: string): string[] {
  const values: string[] = []
  for (const [other, value] of headerPairs(flat)) if (other.toLowerCase() === name) values.push(value)
  return values
}
