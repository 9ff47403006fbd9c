import { KeyUnknown } from '../errors/token-errors.ts'
import { readKeySet } from '../keys/vetting/key-set.ts'
import { readEnvelope, type TokenHeader } from './read-envelope.ts'
import { checkAlgorithm, verifySignature } from './verify-signature.ts'

/** A token whose signature is good. What its payload says was not looked at. */
export interface VerifiedCompact {
  readonly header: TokenHeader
  readonly payload: Uint8Array
}

/**
 * Verifies a compact JWS (RFC 7515) against a JSON Web Key Set, and takes only what every careful reader would: one
 * spelling of each token, one algorithm of each key, no key that is weak or for something else.
 *
 * It checks the set anew at every call. To serve requests use an authenticator, which also checks what the token says.
 *
 * @param token At most 8 KiB. Its header may have `alg`, `kid` and `typ` only. Without `kid` the set must have just one key.
 * @param jwks The set as parsed. A symmetric key is a set's only kind or is refused.
 * @returns The header, and the payload as bytes.
 * @throws {TokenMalformed} It is not written as a signed token must be.
 * @throws {AlgorithmRefused} Its algorithm is not known, or not that of its key.
 * @throws {KeySetUnfit} The set as a whole must not be used.
 * @throws {KeyUnfit} The key that the token names must not be used.
 * @throws {KeyUnknown} The set has no key that the token names.
 * @throws {SignatureInvalid} The signature does not fit.
 */
export async function verifyCompact(token: string, jwks: unknown): Promise<VerifiedCompact> {
  const header = readEnvelope(token)
  checkAlgorithm(header)
  const set = await readKeySet(jwks)
  const key = set.find(header.kid)
  if (key === undefined) {
    throw set.unfit.find(({ keyId }) => keyId === header.kid) ?? (set.keys.length === 0 ? set.unfit[0] : undefined) ?? new KeyUnknown()
  }
  return { header, payload: await verifySignature(token, header, key) }
}
