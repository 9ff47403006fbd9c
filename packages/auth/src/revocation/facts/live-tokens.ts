import type { Runtime } from '@tidings/core'
import type { RevocationFact } from '../../contract/access-changed.ts'
import { TokenExpired } from '../../errors/claim-errors.ts'
import { TokenRevoked } from '../../errors/revocation-errors.ts'
import type { TokenClaims } from '../../tokens/read-claims.ts'
import type { RevocationIndex } from './revocation-index.ts'

interface Watched {
  readonly claims: TokenClaims
  readonly end: AbortController
}

/** The tokens that something long-lived depends on: each has one signal, aborted when the token is revoked or has expired. */
export class LiveTokens {
  readonly #index: RevocationIndex
  readonly #runtime: Pick<Runtime, 'clock'>
  readonly #clockToleranceMs: number
  readonly #byToken = new Map<string, Watched>()
  readonly #bySubject = new Map<string, Set<Watched>>()
  readonly #bySession = new Map<string, Set<Watched>>()

  constructor(index: RevocationIndex, clockToleranceMs: number, runtime: Pick<Runtime, 'clock'>) {
    this.#index = index
    this.#clockToleranceMs = clockToleranceMs
    this.#runtime = runtime
  }

  /** The signal of a token, whose claims were checked. */
  signalOf(claims: TokenClaims): AbortSignal {
    const known = this.#byToken.get(claims.tokenId)
    if (known !== undefined) return known.end.signal
    const watched: Watched = { claims, end: new AbortController() }
    // A fact may have come since the token was let in.
    if (this.#index.standingOf(claims) === 'revoked') watched.end.abort(new TokenRevoked())
    else this.#add(watched)
    return watched.end.signal
  }

  /** Aborts those whom a fact has hit. To be called once the index has taken it in. */
  revoke(fact: RevocationFact): void {
    for (const watched of [...this.#concernedBy(fact)]) {
      if (this.#index.standingOf(watched.claims) === 'revoked') this.#finish(watched, new TokenRevoked())
    }
  }

  /** Forgets all, without a word to those who listen. */
  clear(): void {
    for (const watched of [...this.#byToken.values()]) this.#remove(watched)
  }

  #add(watched: Watched): void {
    const { claims, end } = watched
    this.#byToken.set(claims.tokenId, watched)
    addTo(this.#bySubject, claims.subject, watched)
    addTo(this.#bySession, claims.sessionId, watched)
    const { clock } = this.#runtime
    const leftMs = Math.max(0, claims.expiresAtMs + this.#clockToleranceMs - clock.now())
    clock.sleep(leftMs, end.signal, true).then(
      () => this.#finish(watched, new TokenExpired({ keyId: undefined, expiredForMs: this.#clockToleranceMs })),
      // Revoked before it expired.
      () => {},
    )
  }

  #concernedBy({ scope, id }: RevocationFact): Iterable<Watched> {
    switch (scope) {
      case 'subject':
        return this.#bySubject.get(id) ?? []
      case 'session':
        return this.#bySession.get(id) ?? []
      case 'token': {
        const watched = this.#byToken.get(id)
        return watched === undefined ? [] : [watched]
      }
      case 'all':
        return this.#byToken.values()
    }
  }

  #finish(watched: Watched, reason: Error): void {
    this.#remove(watched)
    watched.end.abort(reason)
  }

  #remove(watched: Watched): void {
    const { subject, sessionId, tokenId } = watched.claims
    if (this.#byToken.get(tokenId) === watched) this.#byToken.delete(tokenId)
    removeFrom(this.#bySubject, subject, watched)
    removeFrom(this.#bySession, sessionId, watched)
  }
}

function addTo(sets: Map<string, Set<Watched>>, key: string, watched: Watched): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([watched]))
  else set.add(watched)
}

function removeFrom(sets: Map<string, Set<Watched>>, key: string, watched: Watched): void {
  const set = sets.get(key)
  set?.delete(watched)
  if (set?.size === 0) sets.delete(key)
}
