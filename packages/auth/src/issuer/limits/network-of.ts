import { isIPv6 } from 'node:net'

/**
 * What one client has of the address space: an IPv4 address, or the first 64 bits of an IPv6 address, of which every client
 * has the rest to itself.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const bare = address.split('%', 1)[0] ?? ''
  // One that ends in an IPv4 address is rare, and stands for itself.
  if (!isIPv6(bare) || bare.includes('.')) return address
  const [front = [], back = []] = bare.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const missing = Array<string>(8 - front.length - back.length).fill('0')
  const network = [...front, ...missing, ...back].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
