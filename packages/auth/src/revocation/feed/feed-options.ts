import type { EventLog, Runtime } from '@tidings/core'
import type { RevocationFact } from '../../contract/access-changed.ts'
import type { RevocationIndex } from '../facts/revocation-index.ts'
import type { FeedNews } from './read-feed-event.ts'

/** What a feed reads, and whom it tells. */
export interface RevocationFeedOptions {
  readonly log: Pick<EventLog, 'read' | 'sealed' | 'onAdvance'>
  readonly index: RevocationIndex
  /** For how long the auth service may be silent before what is known counts as old, in milliseconds. */
  readonly maxStalenessMs: number
  /** How long after a fact's end it may still be learned, in milliseconds. */
  readonly retentionMs: number
  /** How often the log is read where nothing rings, in milliseconds. */
  readonly pollMs: number
  /** How long one reading may take, in milliseconds. */
  readonly timeoutMs: number
  /** Called after the index has taken the fact in. */
  readonly onFact: (fact: RevocationFact) => void
  readonly onKeys: (set: NonNullable<FeedNews['keys']>) => Promise<void>
  readonly runtime: Runtime
}
