import { importJWK, type JWK } from 'jose'
import { KeyUnfit } from '../../errors/key-errors.ts'
import { algorithmOfCurve, rulesOf } from './algorithms.ts'
import { materialFault } from './material-fault.ts'

/** A key that is fit to verify what one algorithm signed. */
export interface VettedKey {
  /** Undefined where the key has none. */
  readonly id: string | undefined
  /** The one algorithm that it is for. */
  readonly algorithm: string
  readonly isSecret: boolean
  readonly key: CryptoKey | Uint8Array
}

/** What an id of a key looks like, in a key and in a token: no path, no URL, no quotation mark. */
export const keyIdPattern = /^[A-Za-z0-9_-][A-Za-z0-9._@=-]{0,127}$/

// Of RSA, EC and OKP keys. A key set is published: whoever can read it could sign.
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/**
 * Checks one key of a set and makes it ready for use.
 *
 * @throws {KeyUnfit} It is weak, damaged, private, or for something else than verifying with one algorithm.
 */
export async function vetKey(jwk: Readonly<Record<string, unknown>>): Promise<VettedKey> {
  const { kid, kty } = jwk
  const id = typeof kid === 'string' && keyIdPattern.test(kid) ? kid : undefined
  const unfit = (fault: string, cause?: unknown): KeyUnfit => new KeyUnfit({ keyId: id, fault, cause })
  if (kid !== undefined && id === undefined) throw unfit('its kid is not 1 to 128 letters, digits and . _ @ = -')
  const algorithm = jwk.alg ?? algorithmOfCurve(kty, jwk.crv)
  if (algorithm === undefined) throw unfit('it does not say which algorithm (alg) it is for')
  const rules = typeof algorithm === 'string' ? rulesOf(algorithm) : undefined
  if (typeof algorithm !== 'string' || rules === undefined) throw unfit('its alg is none for signatures that is known here')
  if (rules.kty !== kty) throw unfit(`its kty is not ${rules.kty}, which ${algorithm} needs`)
  const fault = purposeFault(jwk) ?? materialFault(jwk, rules)
  if (fault !== undefined) throw unfit(fault)
  if (rules.kty !== 'oct' && privateMembers.some((member) => member in jwk)) throw unfit('it is a private key')
  try {
    return { id, algorithm, isSecret: rules.kty === 'oct', key: await importJWK(publicPart(jwk), algorithm) }
  } catch (error) {
    throw unfit('its numbers make no such key, as of a point that is not on its curve', error)
  }
}

function purposeFault({ use, key_ops: operations }: Readonly<Record<string, unknown>>): string | undefined {
  if (use !== undefined && use !== 'sig') return 'its use is not sig'
  if (operations === undefined) return undefined
  return Array.isArray(operations) && operations.includes('verify') ? undefined : 'its key_ops do not name verify'
}

/** Only what the algorithm needs: nothing else in a key can change how it is imported. */
function publicPart({ kty, crv, x, y, n, e, k }: Readonly<Record<string, unknown>>): JWK {
  // Each was checked to be text where the type of key has it.
  return Object.fromEntries(Object.entries({ kty, crv, x, y, n, e, k }).filter(([, value]) => value !== undefined)) as JWK
}
