import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { SigningKeySealed } from '../../errors/issuer-errors.ts'
import type { Secrets } from '../secrets.ts'

const nonceBytes = 12
const tagBytes = 16

/** Seals a private key for the database (AES-256-GCM), bound to its id: who reads the database alone can sign nothing. */
export function seal(keyId: string, secret: string, { seals: [key] }: Secrets): string {
  if (key === undefined) throw new TypeError('There is a secret, or the service would not have started.')
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(keyId))
  const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return sealed.toString('base64url')
}

/** @throws {SigningKeySealed} None of the secrets is the one it was sealed with. */
export function unseal(keyId: string, sealed: string, { seals }: Secrets): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const body = bytes.subarray(nonceBytes, bytes.length - tagBytes)
  for (const key of seals) {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(keyId))
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
    try {
      return decipher.update(body, undefined, 'utf8') + decipher.final('utf8')
    } catch {
      // Sealed with another of the secrets, or with none of them.
    }
  }
  throw new SigningKeySealed({ keyId })
}
