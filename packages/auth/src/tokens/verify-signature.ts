import { compactVerify, errors } from 'jose'
import { AlgorithmRefused, SignatureInvalid } from '../errors/token-errors.ts'
import { rulesOf } from '../keys/vetting/algorithms.ts'
import type { VettedKey } from '../keys/vetting/vet-key.ts'
import type { TokenHeader } from './read-envelope.ts'

/** The algorithm that a token names, before any key is looked for. @throws {AlgorithmRefused} */
export function checkAlgorithm({ alg }: TokenHeader): void {
  if (rulesOf(alg) === undefined) throw new AlgorithmRefused({})
}

/**
 * The payload of a token that this key has signed, with the one algorithm that the key is for.
 *
 * @throws {AlgorithmRefused} @throws {SignatureInvalid}
 */
export async function verifySignature(token: string, header: TokenHeader, key: VettedKey): Promise<Uint8Array> {
  if (header.alg !== key.algorithm) throw new AlgorithmRefused({ keyAlgorithm: key.algorithm })
  try {
    return (await compactVerify(token, key.key, { algorithms: [key.algorithm] })).payload
  } catch (error) {
    // Everything else was checked before: what jose finds wrong with the token now lies in its signature.
    if (error instanceof errors.JOSEError) throw new SignatureInvalid({ keyId: key.id, cause: error })
    throw error
  }
}
