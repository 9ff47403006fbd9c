import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { KeyUnfit } from '../../errors/key-errors.ts'
import { vetKey } from '../../keys/vetting/vet-key.ts'

/** The key that signs, and the set that tells services which keys to believe. */
export interface SigningKeys {
  readonly id: string
  readonly key: CryptoKey
  readonly published: { readonly keys: readonly JWK[] }
}

/**
 * Makes the gateway's keys ready: the first signs, all are published. With none given it makes one for this process.
 *
 * @throws {KeyUnfit} One is no private key for ES256.
 */
export async function readSigningKeys(given: readonly JWK[]): Promise<SigningKeys> {
  const keys = await Promise.all((given.length === 0 ? [await newKey()] : given).map(checked))
  const [first] = keys
  if (first === undefined) throw new KeyUnfit({ keyId: undefined, fault: 'there is none' })
  const key = await importJWK({ ...first.secret, alg: 'ES256' }, 'ES256', { extractable: false })
  if (key instanceof Uint8Array) throw new KeyUnfit({ keyId: first.shown.kid, fault: 'it is a secret and no key pair' })
  return { id: first.shown.kid, key, published: { keys: keys.map(({ shown }) => shown) } }
}

async function newKey(): Promise<JWK> {
  return exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)
}

async function checked(secret: JWK): Promise<{ readonly secret: JWK; readonly shown: JWK & { readonly kid: string } }> {
  const { kty, crv, x, y, d, kid } = secret
  if (kty !== 'EC' || crv !== 'P-256' || typeof d !== 'string')
    throw new KeyUnfit({ keyId: kid, fault: 'it is no private key on the curve P-256, which ES256 signs with' })
  const shown = { kty, crv, x, y, alg: 'ES256', use: 'sig', kid: kid ?? (await calculateJwkThumbprint({ kty, crv, x, y })) }
  await vetKey(shown)
  return { secret, shown }
}
