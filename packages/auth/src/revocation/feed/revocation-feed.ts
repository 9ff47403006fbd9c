import type { Position } from '@tidings/core'
import { AccessSnapshot } from '../../contract/access-snapshot.ts'
import { FeedSilent } from '../../errors/revocation-errors.ts'
import { backOffMs } from '../../timing/back-off.ts'
import { within } from '../../timing/within.ts'
import type { RevocationFeedOptions } from './feed-options.ts'
import { findLast } from './find-last.ts'
import { type FeedNews, feedTypes, readFeedEvent, startBehind } from './read-feed-event.ts'

const mostBackOffMs = 2_000
const eventsAtOnce = 1_000

/**
 * Keeps an index true to the log. One for each process, never shared by a group of consumers: every process must hear of
 * every block. It begins at the last snapshot, and where it was interrupted it goes on; nothing is left out.
 */
export class RevocationFeed {
  readonly #options: RevocationFeedOptions
  readonly #stopped = new AbortController()
  #position: Position | undefined
  /** The end of the log when this feed began. */
  #target: Position | undefined
  #hasCaughtUp = false
  /** When the auth service was last heard of, on the clock that never jumps. */
  #heardAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #cause: unknown
  #hasRung = false
  #wake: (() => void) | undefined
  #bell: Disposable | undefined

  constructor(options: RevocationFeedOptions) {
    this.#options = options
  }

  /** Begins to read, and goes on until {@link stop}. */
  start(): void {
    void this.#run()
  }

  stop(): void {
    this.#stopped.abort()
    this.#bell?.[Symbol.dispose]()
  }

  /** For how long the auth service has not been heard of, in milliseconds. */
  get silentForMs(): number {
    return this.#options.runtime.clock.monotonic() - this.#heardAt
  }

  /** Whether what the index knows is new enough to be relied on. */
  get isFresh(): boolean {
    return this.#hasCaughtUp && this.silentForMs <= this.#options.maxStalenessMs
  }

  /** Why the index cannot be relied on; undefined when it can. */
  get fault(): string | undefined {
    if (this.isFresh) return undefined
    if (this.#cause instanceof Error) return `revocations are not read: ${this.#cause.message}`
    if (!this.#hasCaughtUp) return `revocations are behind: at position ${this.#position ?? 0} of ${this.#target ?? 'an unknown number'}`
    return Number.isFinite(this.silentForMs)
      ? `the auth service has been silent for ${Math.round(this.silentForMs / 1_000)} s`
      : 'the auth service was never heard of'
  }

  async #run(): Promise<void> {
    const { clock, random, logger } = this.#options.runtime
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#follow()
      } catch (error) {
        if (this.#stopped.signal.aborted) return
        this.#failures++
        if (this.#failures === 1) logger.warn('Revocations are not read; trying again until they are.', { error })
        this.#cause = error
        // Aborted only when the feed is stopped, which the loop sees.
        await clock.sleep(backOffMs(this.#failures, mostBackOffMs, random), this.#stopped.signal, true).catch(() => {})
      }
    }
  }

  async #follow(): Promise<never> {
    const { log, pollMs, runtime } = this.#options
    this.#bell ??= log.onAdvance(() => {
      this.#hasRung = true
      this.#wake?.()
    })
    this.#target ??= await this.#inTime(() => log.sealed())
    const target = this.#target
    this.#position ??= await this.#inTime((signal) => this.#findStart(target, signal))
    for (;;) {
      this.#hasRung = false
      const isEnd = await this.#readOn(this.#position)
      if (this.#position >= target) this.#hasCaughtUp = true
      this.#recover()
      // Whatever rang since the reading began is not slept through.
      if (isEnd && !this.#hasRung) await this.#wait(pollMs)
      this.#stopped.signal.throwIfAborted()
      if (!isEnd) await runtime.clock.sleep(0, this.#stopped.signal)
    }
  }

  async #findStart(end: Position, signal: AbortSignal): Promise<Position> {
    const snapshot = await findLast(this.#options.log, AccessSnapshot.name, end, signal)
    return snapshot === undefined ? 0 : startBehind(snapshot)
  }

  /** @returns Whether there is nothing more now. */
  async #readOn(after: Position): Promise<boolean> {
    const query = { after, types: feedTypes, limit: eventsAtOnce }
    const { events, upTo } = await this.#inTime((signal) => this.#options.log.read({ ...query, signal }))
    for (const event of events) {
      await this.#take(readFeedEvent(event))
      // Only now: what follows may fail, and this one is done.
      this.#position = event.position
    }
    this.#position = upTo
    return events.length < eventsAtOnce && upTo === after
  }

  async #take({ facts, beatAt, keys }: FeedNews): Promise<void> {
    const { index, onFact, onKeys, retentionMs, runtime } = this.#options
    const now = runtime.clock.now()
    for (const fact of facts) {
      // Met where the log is read from far back: no token that it concerns can still live.
      if (fact.until + retentionMs < now) continue
      if (index.apply(fact)) onFact(fact)
    }
    if (beatAt !== undefined) this.#heardAt = Math.max(this.#heardAt, runtime.clock.monotonic() - Math.max(0, now - beatAt))
    // Keys that are no good are not taken; that must not keep revocations from being read.
    if (keys !== undefined)
      await onKeys(keys).catch((error: unknown) => runtime.logger.warn('Keys from an event were not taken.', { error }))
  }

  #recover(): void {
    if (this.#failures > 0) this.#options.runtime.logger.info('Revocations are read again.', { failures: this.#failures })
    this.#failures = 0
    this.#cause = undefined
  }

  async #wait(ms: number): Promise<void> {
    const rung = new AbortController()
    this.#wake = () => rung.abort()
    await this.#options.runtime.clock.sleep(ms, AbortSignal.any([rung.signal, this.#stopped.signal]), true).catch(() => {})
    this.#wake = undefined
  }

  #inTime<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const { timeoutMs, runtime } = this.#options
    return within(runtime.clock, timeoutMs, () => new FeedSilent({ timeoutMs }), work, this.#stopped.signal)
  }
}
