import { type Position, type Runtime, StoreUnavailable } from '@tidings/core'
import type { LogCollections } from '../collections.ts'
import type { Mark } from '../event-document.ts'
import { insertTombstones } from '../positions/tombstone.ts'
import type { CounterDocument } from '../state-document.ts'
import { truncatedBefore } from '../truncated-before.ts'
import { HolePatience } from './hole-patience.ts'
import type { Seal } from './seal.ts'

/** The most positions that are looked at at once for holes. */
const sight = 10_000
/** Most positions are written soon after they were reserved: how long it takes to look for those that were not, as a part of the patience. */
const firstLook = 0.2
/** How long it takes at most to see a hole, as a part of the patience: one that opens while another is waited for would else wait twice. */
const furtherLooks = 0.5

/** What closing holes needs of the log that it belongs to. */
export interface HoleCloserOptions {
  readonly collections: LogCollections
  /** The log's identity. */
  readonly log: string
  readonly seal: Seal
  readonly runtime: Runtime
  readonly holeTimeoutMs: number
  /** Called when the log goes on behind a hole. */
  readonly onClosed: () => void
}

/**
 * Closes positions that were reserved and stay empty, since their writer died: by a tombstone, which wins the position or finds
 * the event there. Time decides how long to wait and nothing else.
 */
export class HoleCloser {
  readonly #options: HoleCloserOptions
  readonly #patience: HolePatience
  readonly #ending = new AbortController()
  /** When each hole in sight was seen first, on the monotonic clock. */
  #seen = new Map<Position, number>()
  #watching: Promise<void> | undefined
  #closed = 0

  constructor(options: HoleCloserOptions) {
    this.#options = options
    this.#patience = new HolePatience(options.collections, options.runtime, options.holeTimeoutMs)
  }

  /** Looks for holes behind the seal until there are none, unless that is done already. */
  watch(): void {
    if (!this.#ending.signal.aborted) this.#watching ??= this.#watch()
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    const { runtime, holeTimeoutMs, collections } = this.#options
    const { signal } = this.#ending
    let pauseMs = holeTimeoutMs * firstLook
    while (!signal.aborted) {
      await runtime.clock.sleep(pauseMs, signal, true).catch(() => {})
      if (signal.aborted) break
      try {
        const leftMs = await this.#look(signal)
        if (leftMs === undefined) break
        pauseMs = leftMs
      } catch (error) {
        if (signal.aborted) break
        runtime.logger.warn(
          `Positions of ${collections.location} that were reserved and not written could not be looked at; trying again.`,
          { error },
        )
        pauseMs = holeTimeoutMs * furtherLooks
      }
    }
    this.#seen.clear()
    this.#watching = undefined
  }

  /** @returns After how long to look again, in milliseconds; undefined where no holes are in sight. */
  async #look(signal: AbortSignal): Promise<number | undefined> {
    const { collections, log, seal, runtime } = this.#options
    // Before the counter is asked for: others seal on meanwhile, past where it stood.
    const after = seal.position
    // The counter before the positions: what was reserved by then and is not there afterwards is a hole.
    const [counter] = await collections.find<'state', CounterDocument>('state', { _id: 'counter', log }, { signal })
    if (counter === undefined || counter.reserved < after)
      throw new StoreUnavailable({
        store: collections.location,
        reason: 'its collections are those of another log, or of an older state of it',
      })
    if (counter.reserved === after) return undefined
    const upTo = Math.min(counter.reserved, after + sight)
    const { documents } = await seal.run(after, () => seal.marks(after, upTo, signal), signal)
    const missing = missingIn(documents, after, upTo)
    const now = runtime.clock.monotonic()
    this.#seen = new Map(missing.map((position) => [position, this.#seen.get(position) ?? now]))
    const timeoutMs = await this.#patience.timeoutMs(counter)
    const due = missing.filter((position) => now - (this.#seen.get(position) ?? now) >= timeoutMs)
    if (due.length > 0) {
      // What was truncated was there.
      const first = await truncatedBefore(collections, signal)
      seal.skipTo(Math.min(first - 1, counter.reserved))
      const open = due.filter((position) => position >= first)
      if (open.length > 0) await this.#tombstone(open, signal)
      return 0
    }
    if (seal.position > after) this.#options.onClosed()
    if (missing.length === 0) return upTo < counter.reserved ? 0 : undefined
    return Math.min(timeoutMs * furtherLooks, Math.max(1, timeoutMs - (now - Math.min(...this.#seen.values()))))
  }

  async #tombstone(positions: readonly Position[], signal: AbortSignal): Promise<void> {
    const { collections, runtime } = this.#options
    const closed = await insertTombstones(collections, positions, 'hole', signal)
    if (closed === 0) return
    this.#closed += closed
    runtime.logger.warn(
      `Closed ${closed === 1 ? 'a position' : `${closed} positions`} of ${collections.location}, from ${positions[0]} on, reserved and not written in time. ` +
        `A writer died or was paused; one that lives appends its events anew.`,
      { closed, closedSoFar: this.#closed },
    )
  }
}

function missingIn(marks: readonly Mark[], after: Position, upTo: Position): Position[] {
  const missing: Position[] = []
  let next = after + 1
  for (const { _id } of marks) {
    while (next < _id) missing.push(next++)
    next = _id + 1
  }
  while (next <= upTo) missing.push(next++)
  return missing
}
