import { LiveTokens } from './facts/live-tokens.ts'
import { RevocationIndex } from './facts/revocation-index.ts'
import type { RevocationFeedOptions } from './feed/feed-options.ts'
import { RevocationFeed } from './feed/revocation-feed.ts'

const pollMs = 1_000
/** How long one signing key of the issuer may take over from another. */
const overlapMs = 60_000

/** How long tokens live, how many revocations are kept, and how they are heard of. */
export interface KnownRevocationsOptions extends Pick<RevocationFeedOptions, 'maxStalenessMs' | 'timeoutMs' | 'onKeys' | 'runtime'> {
  readonly maxTokenLifeMs: number
  readonly clockToleranceMs: number
  readonly maxRevocations: number
}

/** The revocations that this process knows, and the tokens in use that each of them ends. */
export interface KnownRevocations {
  readonly index: RevocationIndex
  readonly live: LiveTokens
  /** Keeps them true to a log, from its start on. */
  follow(log: RevocationFeedOptions['log']): RevocationFeed
}

/** How long a revocation is kept, in milliseconds: until no token that was made before it can live. */
export function retentionOf({
  maxTokenLifeMs,
  clockToleranceMs,
}: Pick<KnownRevocationsOptions, 'maxTokenLifeMs' | 'clockToleranceMs'>): number {
  // A token made just before the change by a clock that runs ahead, and judged here by one that runs behind.
  return maxTokenLifeMs + 2 * clockToleranceMs + overlapMs
}

/** Revocations of tokens that live at most `maxTokenLifeMs`; none is known at first. */
export function knownRevocations(options: KnownRevocationsOptions): KnownRevocations {
  const { clockToleranceMs, maxRevocations, maxStalenessMs, timeoutMs, onKeys, runtime } = options
  const retentionMs = retentionOf(options)
  const index = new RevocationIndex({ maxEntries: maxRevocations, retentionMs, clock: runtime.clock })
  const live = new LiveTokens(index, clockToleranceMs, runtime)
  return {
    index,
    live,
    follow: (log) =>
      new RevocationFeed({
        log,
        index,
        maxStalenessMs,
        retentionMs,
        pollMs,
        timeoutMs,
        onFact: (fact) => live.revoke(fact),
        onKeys,
        runtime,
      }),
  }
}
