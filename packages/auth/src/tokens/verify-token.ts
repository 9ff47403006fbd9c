import { ClaimInvalid, TokenExpired } from '../errors/claim-errors.ts'
import type { VettedKey } from '../keys/vetting/vet-key.ts'
import { readClaims, type TokenClaims } from './read-claims.ts'
import type { TokenHeader } from './read-envelope.ts'
import type { TokenRules } from './token-rules.ts'
import { verifySignature } from './verify-signature.ts'

/** Checks what the header says beyond its form: what kind of token it is, and that it names its key. @throws {ClaimInvalid} */
export function checkHeader(header: TokenHeader, rules: TokenRules): string {
  // Kinds of token are told apart by this alone: a refresh, access or internal token must never pass for another.
  if (header.typ !== rules.type)
    throw new ClaimInvalid({ claim: 'typ', fault: header.typ === undefined ? 'is missing' : 'is of another kind' })
  if (header.kid === undefined) throw new ClaimInvalid({ claim: 'kid', fault: 'is missing' })
  return header.kid
}

/**
 * What a genuine token says. Whether it has expired is asked next, with {@link expiryOf}: a token that fails there is good
 * in every other way.
 *
 * @throws {AlgorithmRefused} @throws {SignatureInvalid} @throws {TokenMalformed} @throws {ClaimInvalid}
 */
export async function verifyToken(
  token: string,
  header: TokenHeader,
  key: VettedKey,
  rules: TokenRules,
  nowMs: number,
): Promise<TokenClaims> {
  return readClaims(await verifySignature(token, header, key), rules, nowMs)
}

/** Why a token is good no more; undefined while it is. */
export function expiryOf(claims: TokenClaims, keyId: string | undefined, rules: TokenRules, nowMs: number): TokenExpired | undefined {
  const expiredForMs = nowMs - claims.expiresAtMs
  return expiredForMs >= rules.clockToleranceMs ? new TokenExpired({ keyId, expiredForMs }) : undefined
}

/** @throws {TokenExpired} */
export function checkExpiry(claims: TokenClaims, keyId: string | undefined, rules: TokenRules, nowMs: number): void {
  const expired = expiryOf(claims, keyId, rules, nowMs)
  if (expired !== undefined) throw expired
}
