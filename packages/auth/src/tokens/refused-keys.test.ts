import { Buffer } from 'node:buffer'
import type { JWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { codeOf as codeOfPromise, keysForTests, publicOf, secretKey as secret, setOf, sign } from '../../test/signing.ts'
import { verifyCompact } from './verify-compact.ts'

// The cases follow those of Wycheproof's vectors for JSON Web Signatures and Keys, with keys and signatures of our own.
const codeOf = (token: string, jwks: unknown): Promise<string> => codeOfPromise(verifyCompact(token, jwks))

let keys: ReadonlyMap<string, JWK>
beforeAll(async () => {
  keys = await keysForTests()
})
const keyOf = (alg: string): JWK => keys.get(alg) as JWK

describe('a key set', () => {
  const unfit = async (key: JWK, signer: JWK = key): Promise<void> => {
    expect(await codeOf(await sign(signer, { kid: key.kid }), { keys: [key] })).toBe('AUTH_KEY_UNFIT')
  }

  test('that is none, is empty, has an id twice or mixes secrets with public keys is refused as a whole', async () => {
    const key = keyOf('ES256')
    const token = await sign(key, { kid: key.kid })
    const broken: unknown[] = [
      undefined,
      null,
      'keys',
      [],
      {},
      { keys: {} },
      { keys: [] },
      { keys: [null] },
      { keys: ['k'] },
      { keys: [[]] },
    ]
    for (const jwks of broken) expect(await codeOf(token, jwks)).toBe('AUTH_KEY_SET_UNFIT')
    expect(await codeOf(token, setOf(key, { ...keyOf('ES384'), kid: key.kid }))).toBe('AUTH_KEY_SET_UNFIT')
    expect(await codeOf(token, setOf(key, keyOf('HS256')))).toBe('AUTH_KEY_SET_UNFIT')
    expect(await codeOf(token, { keys: Array.from({ length: 101 }, (_, n) => ({ ...publicOf(key), kid: `k${n}` })) })).toBe(
      'AUTH_KEY_SET_UNFIT',
    )
  })

  test('may hold keys that are not fit; nothing that they signed is accepted', async () => {
    const [good, bad] = [keyOf('ES256'), { ...keyOf('ES384'), use: 'enc' }]
    const set = setOf(good, bad)
    expect(await codeOf(await sign(good, { kid: good.kid }), set)).toBe('accepted')
    expect(await codeOf(await sign(bad, { kid: bad.kid }), set)).toBe('AUTH_KEY_UNFIT')
  })

  test('with secrets shorter than their hash is refused, longer ones are not', async () => {
    for (const [alg, least] of [
      ['HS256', 32],
      ['HS384', 48],
      ['HS512', 64],
    ] as const) {
      const signer = secret(65, alg)
      await unfit(secret(least - 1, alg), signer)
      await unfit({ ...secret(1, alg), k: '' }, signer)
      expect(await codeOf(await sign(signer, { kid: 'secret' }), setOf(signer))).toBe('accepted')
    }
    await unfit({ ...secret(32, 'HS256'), alg: 'A256GCM' }, secret(32, 'HS256'))
    await unfit({ ...secret(32, 'HS256'), alg: 'A256KW' }, secret(32, 'HS256'))
    await unfit({ kty: 'oct', kid: 'secret', k: secret(32, 'HS256').k }, secret(32, 'HS256'))
  })

  test('with a key for something else is refused', async () => {
    for (const alg of ['ES256', 'RS256', 'EdDSA', 'HS256']) {
      const key = keyOf(alg)
      const bare = publicOf(key)
      await unfit({ ...bare, use: 'enc' }, key)
      await unfit({ ...bare, key_ops: ['encrypt'] }, key)
      await unfit({ ...bare, key_ops: [] }, key)
      await unfit({ ...bare, key_ops: 'verify' as unknown as string[] }, key)
      const { use: _, ...withoutUse } = bare
      for (const fit of [withoutUse, { ...withoutUse, key_ops: ['verify'] }, { ...bare, key_ops: ['sign', 'verify'] }]) {
        expect(await codeOf(await sign(key, { kid: key.kid }), { keys: [fit] })).toBe('accepted')
      }
    }
  })

  test('with an algorithm, type or curve that do not belong together is refused', async () => {
    const key = keyOf('ES256')
    const bare = publicOf(key)
    const changes = [
      { alg: 'ES521' },
      { alg: 'ES224' },
      { alg: 'none' },
      { alg: 'ES512' },
      { alg: 'RS256' },
      { alg: 'HS256' },
      { alg: 'RSA1_5' },
      { alg: 'EdDSA' },
    ]
    const others = [{ crv: 'P-384' }, { crv: 'secp256k1' }, { crv: undefined }, { kty: 'RSA' }, { kty: 'OKP' }, { kty: undefined }]
    for (const change of [...changes, ...others]) await unfit({ ...bare, ...change } as JWK, key)
    expect(await codeOf(await sign(key, {}), { keys: [{ ...bare, kid: '../k' }] })).toBe('AUTH_KEY_UNFIT')
    const { alg: _, ...nameless } = publicOf(keyOf('RS256'))
    await unfit(nameless, keyOf('RS256'))
    const { alg: __, ...byCurve } = bare
    expect(await codeOf(await sign(key, { kid: key.kid }), { keys: [byCurve] })).toBe('accepted')
  })

  test('with a private key is refused', async () => {
    for (const alg of ['ES256', 'EdDSA', 'PS256']) await unfit(keyOf(alg))
  })

  test('with a point that is not on its curve, or of small order, is refused', async () => {
    for (const alg of ['ES256', 'ES384', 'ES512']) {
      const key = keyOf(alg)
      const y = Buffer.from(String(key.y), 'base64url')
      y[y.length - 1] = (y.at(-1) ?? 0) ^ 1
      await unfit({ ...publicOf(key), y: y.toString('base64url') }, key)
      await unfit(
        { ...publicOf(key), x: Buffer.alloc(y.length).toString('base64url'), y: Buffer.alloc(y.length).toString('base64url') },
        key,
      )
      await unfit({ ...publicOf(key), x: `${key.x}AAAA` }, key)
      await unfit({ ...publicOf(key), y: undefined }, key)
    }
    const key = keyOf('EdDSA')
    const smallOrder = ['01', '00', 'ec'].map((first) =>
      Buffer.from(`${first}${(first === 'ec' ? 'ff' : '00').repeat(30)}${first === 'ec' ? '7f' : '00'}`, 'hex'),
    )
    for (const point of smallOrder) {
      await unfit({ ...publicOf(key), x: point.toString('base64url') }, key)
      point[31] = (point[31] ?? 0) | 0x80
      await unfit({ ...publicOf(key), x: point.toString('base64url') }, key)
    }
  })

  test('with a weak RSA key is refused', async () => {
    const key = keyOf('RS256')
    const modulus = BigInt(`0x${Buffer.from(String(key.n), 'base64url').toString('hex')}`)
    const write = (value: bigint): string => {
      const hex = value.toString(16)
      return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
    }
    for (const n of [modulus >> 1n, modulus >> 1024n, modulus - 1n, 1n << 9000n, rocaModulus()])
      await unfit({ ...publicOf(key), n: write(n) }, key)
    for (const e of [1n, 2n, 3n, 65_536n, 2n ** 64n + 1n]) await unfit({ ...publicOf(key), e: write(e) }, key)
    await unfit({ ...publicOf(key), n: '' }, key)
    await unfit({ ...publicOf(key), e: undefined }, key)
  })
})

/** A modulus of the form that the faulty library made: a power of 65537 for each small prime. */
function rocaModulus(): bigint {
  const product = [2n, 11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n, 79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n].reduce((a, b) => a * b)
  const power = 65_537n ** 12n % product
  return power + product * ((1n << 2_048n) / product - 5n)
}
