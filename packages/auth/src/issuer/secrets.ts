import { hkdfSync } from 'node:crypto'

/**
 * The keys that follow from the secrets of the configuration, newest first. What is made anew is made with the first; what was
 * made with another one is still understood.
 */
export interface Secrets {
  /** Seal the private signing keys. */
  readonly seals: readonly Uint8Array[]
  /** Make the successor of a refresh token. */
  readonly successors: readonly Uint8Array[]
  /** Mark refresh tokens as given out here. */
  readonly marks: readonly Uint8Array[]
}

/** @param secrets Each at least 32 characters of which nobody can guess. */
export function deriveSecrets(secrets: readonly string[]): Secrets {
  const derived = (purpose: string): Uint8Array[] =>
    secrets.map((secret) => new Uint8Array(hkdfSync('sha256', secret, '', `tidings auth ${purpose}`, 32)))
  return { seals: derived('seal'), successors: derived('successor'), marks: derived('mark') }
}
