import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'

/** A private key for each algorithm, with the ids `k-ES256` and so on. The RSA keys are one, for making it takes long. */
export async function keysForTests(): Promise<ReadonlyMap<string, JWK>> {
  const keys = new Map<string, JWK>()
  const made = async (alg: string): Promise<JWK> => exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)
  const rsa = await made('RS256')
  for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']) keys.set(alg, { ...rsa, use: 'sig', alg, kid: `k-${alg}` })
  for (const alg of ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])
    keys.set(alg, { ...(await made(alg)), use: 'sig', alg, kid: `k-${alg}` })
  keys.set('HS256', secretKey(32, 'HS256', 'k-HS256'))
  keys.set('HS384', secretKey(48, 'HS384', 'k-HS384'))
  keys.set('HS512', secretKey(64, 'HS512', 'k-HS512'))
  return keys
}

export function secretKey(bytes: number, alg: string, kid = 'secret'): JWK {
  return { kty: 'oct', use: 'sig', alg, kid, k: Buffer.alloc(bytes, 7).toString('base64url') }
}

export async function sign(key: JWK, header: object, payload: Uint8Array | string = 'foo'): Promise<string> {
  return new CompactSign(typeof payload === 'string' ? Buffer.from(payload) : payload)
    .setProtectedHeader({ alg: String(key.alg), ...header })
    .sign(await importJWK(key, String(key.alg)))
}

/** What is published of a key. */
export function publicOf({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest }: JWK): JWK {
  return rest
}

export function setOf(...keys: JWK[]): { keys: JWK[] } {
  return { keys: keys.map(publicOf) }
}

/** The code of the error that a promise rejects with, or `accepted`. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'accepted',
    (error: unknown) => (error as { code?: string }).code ?? `untyped: ${error}`,
  )
}
