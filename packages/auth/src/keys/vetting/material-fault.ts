import { decodeBase64url } from '../../encoding/base64url.ts'
import type { AlgorithmRules } from './algorithms.ts'
import { isRoca } from './is-roca.ts'

type Jwk = Readonly<Record<string, unknown>>

/** What is wrong with the numbers that a key consists of; undefined when they are fit for its algorithm. */
export function materialFault(jwk: Jwk, rules: AlgorithmRules): string | undefined {
  switch (rules.kty) {
    case 'EC':
      // Whether the point lies on the curve is checked where the key is imported.
      return curveFault(jwk, rules.curve) ?? lengthFault(jwk, 'x', rules.coordinateBytes) ?? lengthFault(jwk, 'y', rules.coordinateBytes)
    case 'OKP':
      return curveFault(jwk, rules.curve) ?? lengthFault(jwk, 'x', 32) ?? (isOfSmallOrder(jwk) ? 'its point is of small order' : undefined)
    case 'RSA':
      return rsaFault(jwk)
    case 'oct':
      return secretFault(jwk, rules.leastBytes)
  }
}

function curveFault(jwk: Jwk, curve: string): string | undefined {
  return jwk.crv === curve ? undefined : `its curve is not ${curve}`
}

function lengthFault(jwk: Jwk, member: string, length: number): string | undefined {
  return bytesOf(jwk, member)?.length === length ? undefined : `its ${member} is not ${length} bytes in base64url`
}

function rsaFault(jwk: Jwk): string | undefined {
  const modulus = numberOf(jwk, 'n')
  const exponent = numberOf(jwk, 'e')
  if (modulus === undefined || exponent === undefined) return 'its n and e are not base64url'
  const bits = modulus.toString(2).length
  if (bits < 2_048) return `its modulus has ${bits} bits; 2048 is the least`
  // Time to verify grows with the square of the length.
  if (bits > 8_192) return `its modulus has ${bits} bits; 8192 is the most`
  if (modulus % 2n === 0n) return 'its modulus is even'
  if (exponent < 65_537n || exponent % 2n === 0n || exponent >= 2n ** 64n) return 'its exponent is not an odd number from 65537 to 2^64'
  return isRoca(modulus) ? 'its modulus can be factored (ROCA)' : undefined
}

function secretFault(jwk: Jwk, leastBytes: number): string | undefined {
  const secret = bytesOf(jwk, 'k')
  if (secret === undefined) return 'its k is not base64url'
  return secret.length < leastBytes ? `it has ${secret.length} bytes; ${leastBytes} is the least` : undefined
}

// With such a point one signature fits every message. All its encodings, sign bit left out; as in libsodium.
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

function isOfSmallOrder(jwk: Jwk): boolean {
  const point = Buffer.from(bytesOf(jwk, 'x') ?? [])
  point[31] = (point[31] ?? 0) & 0x7f
  return smallOrder.has(point.toString('hex'))
}

function bytesOf(jwk: Jwk, member: string): Uint8Array | undefined {
  const text = jwk[member]
  return typeof text === 'string' ? decodeBase64url(text) : undefined
}

function numberOf(jwk: Jwk, member: string): bigint | undefined {
  const bytes = bytesOf(jwk, member)
  return bytes === undefined || bytes.length === 0 ? undefined : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
