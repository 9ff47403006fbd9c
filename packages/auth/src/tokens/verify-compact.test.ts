import { Buffer } from 'node:buffer'
import type { JWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { codeOf as codeOfPromise, keysForTests, publicOf, setOf, sign } from '../../test/signing.ts'
import { verifyCompact } from './verify-compact.ts'

// The cases follow those of Wycheproof's vectors for JSON Web Signatures and Keys, with keys and signatures of our own.
const codeOf = (token: string, jwks: unknown): Promise<string> => codeOfPromise(verifyCompact(token, jwks))
const text = (value: string): string => Buffer.from(value).toString('base64url')

let keys: ReadonlyMap<string, JWK>
beforeAll(async () => {
  keys = await keysForTests()
})
const keyOf = (alg: string): JWK => keys.get(alg) as JWK

const algorithms = [
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['HS256', 'HS384', 'HS512'],
]

describe.each(algorithms)('%s', (alg) => {
  test('a good signature is accepted, whatever bytes were signed', async () => {
    const key = keyOf(alg)
    for (const payload of ['foo', '', 'a', Buffer.alloc(20), Buffer.from(Array.from({ length: 256 }, (_, n) => n))]) {
      const accepted = await verifyCompact(await sign(key, { kid: key.kid }, payload), setOf(key))
      expect(Buffer.from(accepted.payload)).toEqual(Buffer.from(payload))
      expect(accepted.header).toEqual({ alg, kid: key.kid })
    }
  })

  test('a signature over anything else is refused', async () => {
    const key = keyOf(alg)
    const token = await sign(key, { kid: key.kid })
    const [header = '', payload = '', signature = ''] = token.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const flipped = Buffer.from(bytes)
    flipped[0] = (flipped[0] ?? 0) ^ 1
    const otherHeader = text(JSON.stringify({ kid: key.kid, alg }))
    for (const changed of [
      `${header}.${payload}.${flipped.toString('base64url')}`,
      `${header}.${text('bar')}.${signature}`,
      `${header}..${signature}`,
      `${otherHeader}.${payload}.${signature}`,
      `${header}.${payload}.${bytes.subarray(1).toString('base64url')}`,
      `${header}.${payload}.${Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url')}`,
      `${header}.${payload}.${Buffer.concat([Buffer.alloc(1), bytes]).toString('base64url')}`,
      `${header}.${payload}.${Buffer.alloc(bytes.length).toString('base64url')}`,
    ]) {
      expect(await codeOf(changed, setOf(key))).toBe('AUTH_SIGNATURE_INVALID')
    }
  })

  test('another algorithm than that of the key is refused', async () => {
    const key = keyOf(alg)
    for (const other of algorithms.filter((one) => one !== alg)) {
      const [, payload, signature] = (await sign(keyOf(other), { kid: key.kid })).split('.')
      const token = `${text(JSON.stringify({ alg: other, kid: key.kid }))}.${payload}.${signature}`
      expect(await codeOf(token, setOf(key))).toBe('AUTH_ALGORITHM_REFUSED')
    }
  })
})

test('alg none is refused in every spelling', async () => {
  const set = setOf(keyOf('ES256'))
  for (const alg of ['none', 'None', 'NONE', 'nOnE', ' none', 'none ', 'nonе', '']) {
    for (const header of [{ alg }, { alg, kid: 'k-ES256' }]) {
      const start = `${text(JSON.stringify(header))}.${text('foo')}.`
      expect(await codeOf(start, set)).toBe('AUTH_TOKEN_MALFORMED')
      expect(await codeOf(`${start}AAAA`, set)).toBe('AUTH_ALGORITHM_REFUSED')
    }
  }
})

test('HS256 signed with the public key is refused', async () => {
  const key = keyOf('ES256')
  for (const secretText of [key.x, key.y, text(JSON.stringify(publicOf(key)))]) {
    const token = await sign({ kty: 'oct', k: String(secretText), alg: 'HS256' }, { kid: key.kid })
    expect(await codeOf(token, setOf(key))).toBe('AUTH_ALGORITHM_REFUSED')
  }
})

test('a token may leave kid out only where the set has just one key', async () => {
  const [one, other] = [keyOf('ES256'), keyOf('ES384')]
  const token = await sign(one, {})
  expect(await codeOf(token, setOf(one))).toBe('accepted')
  expect(await codeOf(token, setOf(one, other))).toBe('AUTH_KEY_UNKNOWN')
  const { kid: _, ...nameless } = one
  expect(await codeOf(await sign(one, { kid: 'k-ES256' }), setOf(nameless))).toBe('accepted')
  expect(await codeOf(await sign(one, { kid: 'k-ES256' }), setOf(nameless, other))).toBe('AUTH_KEY_UNKNOWN')
  expect(await codeOf(await sign(one, { kid: 'elsewhere' }), setOf(one))).toBe('AUTH_KEY_UNKNOWN')
})

test('of a set with several keys the one that the token names decides', async () => {
  const [one, other] = [keyOf('ES256'), keyOf('EdDSA')]
  const set = setOf(one, other)
  expect(await codeOf(await sign(one, { kid: one.kid }), set)).toBe('accepted')
  expect(await codeOf(await sign(other, { kid: other.kid }), set)).toBe('accepted')
  expect(await codeOf(await sign(one, { kid: other.kid }), set)).toBe('AUTH_ALGORITHM_REFUSED')
})

describe('ES256 signatures', () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytes = (value: bigint, length = 32): Buffer => Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex')
  const withSignature = async (signature: Uint8Array): Promise<string> => {
    const token = await sign(keyOf('ES256'), { kid: 'k-ES256' })
    return `${token.slice(0, token.lastIndexOf('.') + 1)}${Buffer.from(signature).toString('base64url')}`
  }

  test('with r or s of 0, of the order or past it are refused', async () => {
    const edges = [0n, 1n, order - 1n, order, order + 1n, 2n ** 256n - 1n]
    for (const r of edges) {
      for (const s of edges) {
        expect(await codeOf(await withSignature(Buffer.concat([bytes(r), bytes(s)])), setOf(keyOf('ES256')))).toBe('AUTH_SIGNATURE_INVALID')
      }
    }
  })

  test('in DER instead of raw, longer or as numbers past the order are refused', async () => {
    const token = await sign(keyOf('ES256'), { kid: 'k-ES256' })
    const raw = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
    const [r, s] = [raw.subarray(0, 32), raw.subarray(32)]
    const integer = (value: Buffer): Buffer => Buffer.concat([Buffer.from([2, 33, 0]), value])
    const body = Buffer.concat([integer(r), integer(s)])
    const number = (value: Buffer): bigint => BigInt(`0x${value.toString('hex')}`)
    const start = token.slice(0, token.lastIndexOf('.') + 1)
    const refused = [
      Buffer.concat([Buffer.from([0x30, body.length]), body]),
      Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s]),
      Buffer.concat([bytes(number(r) + order, 33), Buffer.alloc(1), s]),
      Buffer.concat([Buffer.alloc(1), r, bytes(number(s) + order, 33)]),
      Buffer.concat([Buffer.alloc(500), r, Buffer.alloc(500), s]),
    ]
    for (const signature of refused)
      expect(await codeOf(start + signature.toString('base64url'), setOf(keyOf('ES256')))).toBe('AUTH_SIGNATURE_INVALID')
    // The other signature of the same key over the same text: good, so nothing may be told apart by a token's text.
    const twin = Buffer.concat([r, bytes(order - number(s))])
    expect(await codeOf(start + twin.toString('base64url'), setOf(keyOf('ES256')))).toBe('accepted')
  })
})

test('what is no text is refused with a typed error', async () => {
  for (const token of [undefined, null, 7, {}, ['a.b.c']])
    expect(await codeOf(token as string, setOf(keyOf('ES256')))).toBe('AUTH_TOKEN_MALFORMED')
})

test('no error repeats the token or what its header says', async () => {
  const key = keyOf('ES256')
  const good = await sign(key, { kid: key.kid }, 'a secret payload')
  const cases = [
    `${good}=`,
    good.replace(/\.[^.]*$/, '.AAAA'),
    await sign(key, { kid: 'made-up-kid' }),
    await sign(key, { kid: key.kid, 'made-up-member': 1 }),
  ]
  for (const token of cases) {
    const error = await verifyCompact(token, setOf(key)).then(
      () => undefined,
      (caught: Error) => caught,
    )
    expect(error?.message).not.toMatch(/made-up/)
    for (const part of token.split('.').filter(({ length }) => length > 4))
      expect(`${error?.message}${JSON.stringify(error)}`).not.toContain(part)
  }
})
