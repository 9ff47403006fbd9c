export { KeySetUnfit, KeyUnfit } from './errors/key-errors.ts'
export { AlgorithmRefused, KeyUnknown, SignatureInvalid, TokenMalformed } from './errors/token-errors.ts'
export type { TokenHeader } from './tokens/read-envelope.ts'
export { type VerifiedCompact, verifyCompact } from './tokens/verify-compact.ts'
