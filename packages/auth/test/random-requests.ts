import type { RevocationFact } from '../src/index.ts'
import { RevocationIndex } from '../src/revocation/facts/revocation-index.ts'
import { HandClock } from './hand-clock.ts'
import { seededRandom } from './seeded-random.ts'

const users = 500
const scopes = ['subject', 'session', 'token', 'all'] as const

/** How many of so many requests came to what. */
export interface RequestTally {
  readonly requests: number
  readonly accepted: number
  readonly refused: number
  /** Accepted though a fact had been applied here that forbids it. */
  readonly acceptedAfterApplied: number
  /** Refused though no fact that was ever published forbids it. */
  readonly refusedWithoutReason: number
}

interface State {
  seq: number
  version: number
  blocked: boolean
}

/**
 * Requests against an index while facts come in over a link that loses 5 % at first (they come later, as the log is read on),
 * repeats 10 % and reorders. What must hold is told from the facts alone, by a model that knows nothing of the index.
 */
export function randomRequests(requests: number, seed: number): RequestTally {
  const random = seededRandom(seed)
  const clock = new HandClock()
  const index = new RevocationIndex({ maxEntries: 1_000_000, retentionMs: 970_000, clock })
  const published = new Map<string, State>()
  /** The newest state that was applied here. */
  const applied = new Map<string, RevocationFact>()
  const link: RevocationFact[] = []
  const lost: RevocationFact[] = []
  const pick = (below: number): number => Math.floor(random() * below)

  const publish = (): void => {
    const scope = random() < 0.001 ? 'all' : (scopes[pick(3)] ?? 'subject')
    const id = scope === 'all' ? '*' : `${scope}-${pick(users)}`
    const state = published.get(`${scope} ${id}`) ?? { seq: 0, version: 0, blocked: false }
    state.seq++
    // Block, unblock, suspend and resume: a block raises the version, the others leave it.
    state.blocked = random() < 0.4 && scope !== 'all'
    if (random() < 0.3) state.version++
    published.set(`${scope} ${id}`, state)
    const fact: RevocationFact = { scope, id, seq: state.seq, minVersion: state.version, blocked: state.blocked, until: 0 }
    if (random() < 0.05) lost.push(fact)
    else link.push(fact)
    if (random() < 0.1) link.push(fact)
  }
  const deliver = (from: RevocationFact[]): void => {
    // Any of the next twenty: reordered, but not for ever.
    const [fact] = from.splice(pick(Math.min(20, from.length)), 1)
    if (fact === undefined) return
    index.apply(fact)
    const key = `${fact.scope} ${fact.id}`
    if ((applied.get(key)?.seq ?? 0) < fact.seq) applied.set(key, fact)
  }
  const forbids = (
    states: ReadonlyMap<string, { readonly blocked: boolean }>,
    keys: readonly string[],
    version: number,
    least: (key: string) => number,
  ) => keys.some((key) => states.get(key)?.blocked === true || version < least(key))

  const tally = { requests, accepted: 0, refused: 0, acceptedAfterApplied: 0, refusedWithoutReason: 0 }
  for (let n = 0; n < requests; n++) {
    if (random() < 0.1) publish()
    if (random() < 0.15) deliver(link)
    if (random() < 0.005) deliver(lost)
    const [subject, session, token] = [pick(users), pick(users), pick(users)]
    const version = pick(40)
    const standing = index.standingOf({
      subject: `subject-${subject}`,
      sessionId: `session-${session}`,
      tokenId: `token-${token}`,
      version,
    })
    const keys = [`subject subject-${subject}`, `session session-${session}`, `token token-${token}`, 'all *']
    const isForbidden = forbids(applied, keys, version, (key) => applied.get(key)?.minVersion ?? 0)
    if (standing === 'live') tally.accepted++
    else tally.refused++
    if (standing === 'live' && isForbidden) tally.acceptedAfterApplied++
    if (standing !== 'live' && !isForbidden) tally.refusedWithoutReason++
  }
  return tally
}
