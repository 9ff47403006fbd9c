import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Secrets } from '../secrets.ts'
import type { PublicKey, SigningKeyRow } from './key-ring.ts'
import { seal, unseal } from './seal.ts'

/** What tokens can be signed with. */
export type SigningAlgorithm = 'ES256' | 'EdDSA'

/** Makes a signing key. */
export async function makeSigningKey(
  algorithm: SigningAlgorithm,
  times: { readonly createdAt: number; readonly signsFrom: number },
  secrets: Secrets,
): Promise<SigningKeyRow> {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  const keyId = randomBytes(12).toString('base64url')
  const { kty, crv, x, y } = await exportJWK(pair.publicKey)
  if (kty === undefined || crv === undefined || x === undefined) throw new TypeError('A key on a curve has a curve and a point.')
  const open: PublicKey = { kty, crv, x, ...(y === undefined ? {} : { y }), kid: keyId, alg: algorithm, use: 'sig' }
  return { keyId, publicKey: open, sealed: seal(keyId, JSON.stringify(await exportJWK(pair.privateKey)), secrets), ...times }
}

/** Private keys ready for use, of those that signed last. */
export class PrivateKeys {
  readonly #secrets: Secrets
  readonly #ready = new Map<string, Promise<CryptoKey>>()

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  /** @throws {SigningKeySealed} */
  get({ keyId, publicKey: { alg }, sealed }: SigningKeyRow & { readonly sealed: string }): Promise<CryptoKey> {
    const known = this.#ready.get(keyId)
    if (known !== undefined) return known
    const imported = this.#import(keyId, alg, sealed)
    this.#ready.set(keyId, imported)
    imported.catch(() => this.#ready.delete(keyId))
    for (const old of [...this.#ready.keys()].slice(0, -2)) this.#ready.delete(old)
    return imported
  }

  async #import(keyId: string, algorithm: string, sealed: string): Promise<CryptoKey> {
    // Written by makeSigningKey, and whole, or it would not have been unsealed.
    const key = await importJWK(JSON.parse(unseal(keyId, sealed, this.#secrets)) as JWK, algorithm, { extractable: false })
    if (key instanceof Uint8Array) throw new TypeError('A signing key is no symmetric key.')
    return key
  }
}
