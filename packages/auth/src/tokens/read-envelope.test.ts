import { Buffer } from 'node:buffer'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { codeOf as codeOfPromise, keysForTests, publicOf, secretKey as secret, setOf, sign } from '../../test/signing.ts'
import { verifyCompact } from './verify-compact.ts'

// The cases follow those of Wycheproof's vectors for JSON Web Signatures and Keys, with keys and signatures of our own.
const codeOf = (token: string, jwks: unknown): Promise<string> => codeOfPromise(verifyCompact(token, jwks))
const text = (value: string): string => Buffer.from(value).toString('base64url')

let keys: ReadonlyMap<string, JWK>
beforeAll(async () => {
  keys = await keysForTests()
})
const keyOf = (alg: string): JWK => keys.get(alg) as JWK

describe('the envelope', () => {
  let token: string
  let parts: [header: string, payload: string, signature: string]
  let set: { keys: JWK[] }
  beforeAll(async () => {
    const key = keyOf('ES256')
    set = setOf(key)
    // Two bytes: four unused bits in the payload's last character.
    token = await sign(key, { kid: key.kid }, 'fo')
    parts = token.split('.') as typeof parts
  })
  const malformed = async (...tokens: string[]): Promise<void> => {
    for (const one of tokens) expect(await codeOf(one, set)).toBe('AUTH_TOKEN_MALFORMED')
  }

  test('has three parts', async () => {
    const [header, payload, signature] = parts
    await malformed('', '.', '..', '...', header, `${header}.${payload}`, `${header}.${payload}.`, `.${payload}.${signature}`)
    await malformed(`${payload}.${signature}`, `${token}.`, `${token}.foo`, `.${token}`, `.${payload}.`)
    await malformed(
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
      JSON.stringify({ payload, protected: header, signature }),
    )
  })

  test('has one spelling: no padding, white space or bits past the end', async () => {
    const [header, payload, signature] = parts
    const nextOf = (part: string): string => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1)
    expect(Buffer.from(nextOf(payload), 'base64url')).toEqual(Buffer.from(payload, 'base64url'))
    await malformed(`${header}.${nextOf(payload)}.${signature}`, `${header}.${payload}.${nextOf(signature)}`)
    for (const extra of ['=', '==', ' ', '\n', '\t', '\0', '\u{feff}', '?', '+', '/', '%', 'é']) {
      await malformed(`${token}${extra}`, `${extra}${token}`, token.replaceAll('.', `${extra}.`), token.replace('.', `.${extra}`))
    }
    // One character more than whole bytes need.
    await malformed(`${header}.${payload}AA.${signature}`, `${header}.${payload}.${signature}AAA`)
  })

  test('is at most 8 KiB', async () => {
    const key = keyOf('ES256')
    const ofLength = async (bytes: number): Promise<string> => sign(key, { kid: key.kid }, Buffer.alloc(bytes))
    const fits = await ofLength(6_000)
    expect(fits.length).toBeLessThan(8_192)
    expect(await codeOf(fits, set)).toBe('accepted')
    await malformed(await ofLength(6_700), 'a'.repeat(10_000_000))
  })

  test('has a header with alg, kid and typ and no more', async () => {
    const key = keyOf('ES256')
    expect(await codeOf(await sign(key, { kid: key.kid, typ: 'at+jwt' }), set)).toBe('accepted')
    const attacker = publicOf({ ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)) })
    for (const member of [
      { jku: 'https://attacker.example/keys' },
      { jwk: attacker },
      { x5u: 'https://attacker.example/cert' },
      { x5c: ['MIIB'] },
      { x5t: 'abc' },
      { cty: 'JWT' },
      { zip: 'DEF' },
      { foo: 1 },
    ]) {
      await malformed(await sign(key, { kid: key.kid, ...member }))
    }
    const [, payload, signature] = parts
    const withHeader = (json: string | Uint8Array): string => `${Buffer.from(json as string).toString('base64url')}.${payload}.${signature}`
    await malformed(
      ...['{}', '[]', '1', 'null', '"ES256"', '', '{', '{"alg":1}', '{"alg":["ES256"]}', '{"kid":"k-ES256"}'].map(withHeader),
      ...['{"alg":"ES256","alg":"ES256"}', '{"alg":"none","alg":"ES256"}', '{"alg":"ES256","\\u0061lg":"none"}'].map(withHeader),
      ...['{"alg":"ES256","__proto__":{"kid":"x"}}', '{"alg":"ES256","crit":["b64"],"b64":false}', '{"alg":"ES256","crit":[]}'].map(
        withHeader,
      ),
      ...['{"alg":"ES256","kid":null}', '{"alg":"ES256","kid":7}', '{"alg":"ES256","typ":7}', '{"alg":"ES256","kid":"\\u0000"}'].map(
        withHeader,
      ),
      withHeader('\u{feff}{"alg":"ES256"}'),
      withHeader(Buffer.from([...Buffer.from('{"alg":"ES256","kid":"'), 0xff, ...Buffer.from('"}')])),
      withHeader(`{"alg":${'['.repeat(1_500)}`),
      withHeader(`{"alg":"ES256","kid":${'['.repeat(1_000)}${']'.repeat(1_000)}}`),
    )
  })

  test('white space inside the JSON of a header is a good spelling, for it is signed', async () => {
    const key = secret(32, 'HS256')
    const { createHmac } = await import('node:crypto')
    for (const header of ['{ "kid" : "secret", "alg" : "HS256" }', '{"kid":"secret",\r\n\t"alg":"HS256"}']) {
      const signed = `${text(header)}.${text('Test')}`
      const mac = createHmac('sha256', Buffer.from(String(key.k), 'base64url'))
        .update(signed)
        .digest('base64url')
      expect(await codeOf(`${signed}.${mac}`, setOf(key))).toBe('accepted')
    }
  })

  test('names its key by a plain id: no path, SQL, URL or 10 kB', async () => {
    for (const kid of [
      '../../etc/passwd',
      '/dev/null',
      "' OR 1=1 --",
      'https://attacker.example/k',
      'a b',
      '',
      'é',
      'k\n',
      'x'.repeat(129),
      'x'.repeat(10_240),
    ]) {
      await malformed(await sign(keyOf('ES256'), { kid }))
    }
  })
})
