/** A public signing key as a JSON Web Key (RFC 7517). */
// An interface would be open for further members, and so no JSON.
export type PublicKey = {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y?: string
  readonly kid: string
  readonly alg: 'ES256' | 'EdDSA'
  readonly use: 'sig'
}

/** A signing key as it is kept. */
export interface SigningKeyRow {
  readonly keyId: string
  readonly publicKey: PublicKey
  /** The private part, sealed; null once it signs no more, and where a backup has lost it. */
  readonly sealed: string | null
  readonly createdAt: number
  /** From when on it signs, until its successor does. */
  readonly signsFrom: number
}

/** All signing keys, in the order in which they sign. One row, so that of two instances one makes the next key. */
export interface KeyRingRow {
  readonly keys: readonly SigningKeyRow[]
}

/** How long a token may be around after it was made: its life, and what clocks may differ. */
export interface TokenTimes {
  readonly lifetimeMs: number
  readonly clockToleranceMs: number
}

/** The key that signs now: the last one whose time has come and whose private part is here. */
export function signingKey({ keys }: KeyRingRow, now: number): (SigningKeyRow & { readonly sealed: string }) | undefined {
  return keys.findLast((key): key is SigningKeyRow & { readonly sealed: string } => key.signsFrom <= now && key.sealed !== null)
}

/** The keys that are published: those that will sign, that sign, and that signed a token which may still be around. */
export function publishedKeys({ keys }: KeyRingRow, now: number, { lifetimeMs, clockToleranceMs }: TokenTimes): readonly SigningKeyRow[] {
  return keys.filter((_, i) => {
    const next = keys[i + 1]
    return next === undefined || now < next.signsFrom + lifetimeMs + clockToleranceMs
  })
}

/** The ring without keys that are not published any more, and without private parts that sign no more. */
export function tidied(ring: KeyRingRow, now: number, times: TokenTimes): KeyRingRow {
  const published = publishedKeys(ring, now, times)
  const signing = signingKey(ring, now)
  const keys = published.map((key) => (signing !== undefined && key.signsFrom < signing.signsFrom ? { ...key, sealed: null } : key))
  return { keys }
}
