import type { Secrets } from '../secrets.ts'
import type { SessionRow } from '../store/tables.ts'
import { hashOf, nextRefreshToken, type RefreshToken } from './refresh-token.ts'

/** What a refresh token is worth to a session. */
export type RefreshVerdict =
  /** The current one: its successor takes its place. */
  | { readonly kind: 'rotate'; readonly successor: RefreshToken }
  /** The one before, whose successor nobody has used yet: the answer was lost, or two tabs asked at once. */
  | { readonly kind: 'repeat'; readonly successor: RefreshToken }
  /** It was spent: someone has a token that is not theirs. */
  | { readonly kind: 'reused' }
  /** It is none of this session's. */
  | { readonly kind: 'unknown' }

/** Judges a token that was given out here, against the session that it names. */
export function judgeRefresh(token: RefreshToken, session: SessionRow, secrets: Secrets, now: number, graceMs: number): RefreshVerdict {
  if (token.generation > session.generation) return { kind: 'unknown' }
  if (token.generation === session.generation) {
    return hashOf(token) === session.currentHash ? { kind: 'rotate', successor: nextRefreshToken(token, secrets) } : { kind: 'unknown' }
  }
  // A successor counts as used once it has a successor itself.
  if (token.generation === session.generation - 1 && now - session.rotatedAt <= graceMs) {
    // Perhaps made with a secret that is not the newest any more.
    const successor = secrets.successors
      .map((key) => nextRefreshToken(token, secrets, key))
      .find((next) => hashOf(next) === session.currentHash)
    if (successor !== undefined) return { kind: 'repeat', successor }
    return { kind: 'unknown' }
  }
  return { kind: 'reused' }
}
