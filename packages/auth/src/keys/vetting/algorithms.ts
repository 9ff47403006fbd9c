/** What an algorithm asks of its key. */
export type AlgorithmRules =
  | { readonly kty: 'EC'; readonly curve: string; readonly coordinateBytes: number }
  | { readonly kty: 'OKP'; readonly curve: string }
  | { readonly kty: 'RSA' }
  | { readonly kty: 'oct'; readonly leastBytes: number }

/** Every algorithm that is known here (RFC 7518, 8037, 9864). `none` is no algorithm. */
const algorithms: ReadonlyMap<string, AlgorithmRules> = new Map<string, AlgorithmRules>([
  ['ES256', { kty: 'EC', curve: 'P-256', coordinateBytes: 32 }],
  ['ES384', { kty: 'EC', curve: 'P-384', coordinateBytes: 48 }],
  ['ES512', { kty: 'EC', curve: 'P-521', coordinateBytes: 66 }],
  ['EdDSA', { kty: 'OKP', curve: 'Ed25519' }],
  ['Ed25519', { kty: 'OKP', curve: 'Ed25519' }],
  ['RS256', { kty: 'RSA' }],
  ['RS384', { kty: 'RSA' }],
  ['RS512', { kty: 'RSA' }],
  ['PS256', { kty: 'RSA' }],
  ['PS384', { kty: 'RSA' }],
  ['PS512', { kty: 'RSA' }],
  ['HS256', { kty: 'oct', leastBytes: 32 }],
  ['HS384', { kty: 'oct', leastBytes: 48 }],
  ['HS512', { kty: 'oct', leastBytes: 64 }],
])

/** What an algorithm asks of its key; undefined for one that is not known. */
export function rulesOf(algorithm: string): AlgorithmRules | undefined {
  return algorithms.get(algorithm)
}

/** The algorithm of a key that does not name one: its curve leaves only one choice. */
export function algorithmOfCurve(kty: unknown, curve: unknown): string | undefined {
  for (const [algorithm, rules] of algorithms) if (rules.kty === kty && 'curve' in rules && rules.curve === curve) return algorithm
  return undefined
}
