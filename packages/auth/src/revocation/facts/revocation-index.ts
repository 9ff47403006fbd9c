import type { Clock } from '@tidings/core'
import type { RevocationFact } from '../../contract/access-changed.ts'
import type { TokenClaims } from '../../tokens/read-claims.ts'

/** What the index knows of a token. `unknown`: nothing against it, but it could not keep everything that it was told. */
export type Standing = 'live' | 'revoked' | 'unknown'

/** How much an index keeps. */
export interface RevocationIndexOptions {
  /** The most facts; one takes about 200 bytes. */
  readonly maxEntries: number
  /** How long a fact is kept after it was learned, in milliseconds: the longest life of a token, and clocks and rotation on top. */
  readonly retentionMs: number
  readonly clock: Clock
}

const never = Number.NEGATIVE_INFINITY

interface Entry {
  readonly fact: RevocationFact
  readonly keptUntil: number
}

/**
 * The facts that a token which still lives can be hit by. None is ever left out to make room: an index that is full says
 * so until all that it missed has lost its meaning.
 *
 * Facts go by the clock that never jumps, counted from when they were learned. A wall clock that was set forth and back
 * would otherwise bring dead tokens to life.
 */
export class RevocationIndex {
  readonly #options: RevocationIndexOptions
  readonly #entries: Readonly<Record<RevocationFact['scope'], Map<string, Entry>>> = {
    subject: new Map(),
    session: new Map(),
    token: new Map(),
    all: new Map(),
  }
  #size = 0
  #incompleteUntil = never

  constructor(options: RevocationIndexOptions) {
    this.#options = options
  }

  /** How many facts are kept. */
  get size(): number {
    return this.#size
  }

  /** Whether a fact found no place and may still matter. */
  get isIncomplete(): boolean {
    return this.#incompleteUntil !== never && this.#incompleteUntil > this.#options.clock.monotonic()
  }

  /** Takes a fact in unless a newer one about the same is known. @returns Whether it was news. */
  apply(fact: RevocationFact): boolean {
    const now = this.#options.clock.monotonic()
    this.#forgetExpired(now)
    const entries = this.#entries[fact.scope]
    const known = entries.get(fact.id)
    if (known !== undefined && known.fact.seq >= fact.seq) return false
    const keptUntil = now + this.#options.retentionMs
    if (known === undefined && this.#size >= this.#options.maxEntries) {
      this.#incompleteUntil = keptUntil
      return true
    }
    // Taken out first: each map is in the order in which its entries go.
    if (entries.delete(fact.id)) this.#size--
    entries.set(fact.id, { fact, keptUntil })
    this.#size++
    return true
  }

  standingOf(claims: Pick<TokenClaims, 'subject' | 'sessionId' | 'tokenId' | 'version'>): Standing {
    const { subject, session, token, all } = this.#entries
    const isDead =
      kills(subject, claims.subject, claims.version) ||
      kills(session, claims.sessionId, claims.version) ||
      kills(token, claims.tokenId, claims.version) ||
      kills(all, '*', claims.version)
    if (isDead) return 'revoked'
    return this.isIncomplete ? 'unknown' : 'live'
  }

  #forgetExpired(now: number): void {
    for (const entries of Object.values(this.#entries)) {
      for (const [id, { keptUntil }] of entries) {
        if (keptUntil > now) break
        entries.delete(id)
        this.#size--
      }
    }
  }
}

function kills(entries: ReadonlyMap<string, Entry>, id: string, version: number): boolean {
  // Mostly there are none of a scope, and a look-up has to hash the whole id.
  const fact = entries.size === 0 ? undefined : entries.get(id)?.fact
  return fact !== undefined && (fact.blocked || version < fact.minVersion)
}
