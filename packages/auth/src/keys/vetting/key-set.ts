import { KeySetUnfit, KeyUnfit } from '../../errors/key-errors.ts'
import { type VettedKey, vetKey } from './vet-key.ts'

/** The most keys of a set; each costs time to check. */
const maxKeys = 100

/** The keys of a set that are fit for use, and why the others are not. */
export class KeySet {
  readonly keys: readonly VettedKey[]
  readonly unfit: readonly KeyUnfit[]
  readonly #byId: ReadonlyMap<string | undefined, VettedKey>

  constructor(keys: readonly VettedKey[], unfit: readonly KeyUnfit[]) {
    this.keys = keys
    this.unfit = unfit
    this.#byId = new Map(keys.map((key) => [key.id, key]))
  }

  /**
   * The key for a token that names this id, or none. Without an id on either side the set must have no other key, or
   * whoever makes a token could choose.
   */
  find(id: string | undefined): VettedKey | undefined {
    const named = this.#byId.get(id)
    if (named !== undefined && id !== undefined) return named
    const [only] = this.keys
    const isOnly = this.keys.length + this.unfit.length === 1
    return isOnly && (id === undefined || only?.id === undefined) ? only : undefined
  }
}

/**
 * Checks a JSON Web Key Set as it was parsed. Keys that are not fit are left out; a set whose ids are not unique, or that
 * holds secrets next to public keys, is refused as a whole.
 *
 * @throws {KeySetUnfit} Nothing of it may be used.
 */
export async function readKeySet(jwks: unknown): Promise<KeySet> {
  const list: unknown = typeof jwks === 'object' && jwks !== null ? (jwks as { keys?: unknown }).keys : undefined
  if (!Array.isArray(list)) throw new KeySetUnfit({ fault: 'it has no list of keys' })
  if (list.length === 0) throw new KeySetUnfit({ fault: 'it is empty' })
  if (list.length > maxKeys) throw new KeySetUnfit({ fault: `it has ${list.length} keys; ${maxKeys} is the most` })
  const jwkList = list.map((key): Readonly<Record<string, unknown>> => {
    if (typeof key !== 'object' || key === null || Array.isArray(key)) throw new KeySetUnfit({ fault: 'one of its keys is no object' })
    return key
  })
  checkWhole(jwkList)
  const results = await Promise.allSettled(jwkList.map((key) => vetKey(key)))
  const keys: VettedKey[] = []
  const unfit: KeyUnfit[] = []
  for (const result of results) {
    if (result.status === 'fulfilled') keys.push(result.value)
    else if (result.reason instanceof KeyUnfit) unfit.push(result.reason)
    else throw result.reason
  }
  return new KeySet(keys, unfit)
}

/** @throws {KeySetUnfit} */
function checkWhole(keys: readonly Readonly<Record<string, unknown>>[]): void {
  const ids = keys.map(({ kid }) => kid).filter((kid) => kid !== undefined)
  if (new Set(ids).size < ids.length) throw new KeySetUnfit({ fault: 'two of its keys have the same kid' })
  const secrets = keys.filter(({ kty }) => kty === 'oct').length
  if (secrets > 0 && secrets < keys.length) throw new KeySetUnfit({ fault: 'it mixes secrets with public keys' })
}
