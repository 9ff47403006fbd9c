import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'
import { valuesOf } from './header-names.ts'

type Received = Pick<IncomingMessage, 'rawHeaders' | 'socket'>

/** Where a request came from: the address of its connection, after what a trusted proxy tells of those before it. */
export function forwardedFor({ rawHeaders, socket }: Received, trusted: BlockList): string {
  const address = plainAddress(socket.remoteAddress ?? '')
  if (!isTrusted(address, trusted)) return address
  return [...valuesOf(rawHeaders, 'x-forwarded-for'), address].join(', ')
}

/** Whether the client spoke TLS, as a trusted proxy tells; the gateway itself does not. */
export function forwardedProto({ rawHeaders, socket }: Received, trusted: BlockList): string {
  const [proto] = valuesOf(rawHeaders, 'x-forwarded-proto')
  return isTrusted(plainAddress(socket.remoteAddress ?? ''), trusted) && proto === 'https' ? 'https' : 'http'
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = isIP(address)
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** An IPv4 address as a socket for both families tells it begins like this. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
