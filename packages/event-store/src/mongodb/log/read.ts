import { LogTruncated, type Position, type ReadQuery, type ReadResult, StoreDamaged, type StoredEvent } from '@tidings/core'
import type { LogCollections } from './collections.ts'
import { type EventDocument, isEvent, type Tombstone, toEvent } from './event-document.ts'
import type { HoleCloser } from './sealing/close-holes.ts'
import type { Seal } from './sealing/seal.ts'
import { truncatedBefore } from './truncated-before.ts'

/** How many positions are looked at behind the seal, at least, where only some types are wanted. */
const leastBehindSeal = 250
/** With more types than this a stretch is read whole: the index would be asked once for each. */
const mostByIndex = 20
/** How much longer each stretch is that the index is asked for than the last: few queries get past many events that nobody wants. */
const widerBy = 4
const mostInStretch = 1_000_000

interface Stretch {
  readonly events: readonly StoredEvent[]
  readonly upTo: Position
  /** Whether the log goes no further, now. */
  readonly isEnd: boolean
}

/** Reads stretches of the log. Every query is bounded on both sides, and what is read is sealed before it is given out. */
export class Reader {
  readonly #collections: LogCollections
  readonly #seal: Seal
  readonly #holes: HoleCloser
  /** Aborted when the log is closed: a long way is given up between two stretches of it. */
  readonly #closing: AbortSignal

  constructor(collections: LogCollections, seal: Seal, holes: HoleCloser, closing: AbortSignal) {
    this.#collections = collections
    this.#seal = seal
    this.#holes = holes
    this.#closing = closing
  }

  async sealed(): Promise<Position> {
    const position = await this.#seal.advance()
    this.#holes.watch()
    return position
  }

  /** @throws {LogTruncated} @throws {StoreDamaged} What should stand there is missing. */
  async read({ after, types, limit, signal }: ReadQuery): Promise<ReadResult> {
    // Read by a process that has looked further than this one.
    if (after > this.#seal.position || types?.length === 0) await this.#seal.advance(signal)
    if (after > this.#seal.position || types?.length === 0) {
      this.#holes.watch()
      const upTo = Math.max(after, this.#seal.position)
      if (upTo > after) await this.#assertThere(after, signal)
      return { events: [], upTo }
    }
    const wanted = types === undefined ? undefined : new Set(types)
    const events: StoredEvent[] = []
    for (let upTo = after; ; ) {
      const left = limit - events.length
      const stretch = await this.#next(upTo, left, wanted, signal)
      for (const event of stretch.events) events.push(event)
      upTo = stretch.upTo
      if (events.length === limit || stretch.isEnd) return { events, upTo }
      this.#closing.throwIfAborted()
    }
  }

  async #next(after: Position, limit: number, types: ReadonlySet<string> | undefined, signal?: AbortSignal): Promise<Stretch> {
    const sealed = this.#seal.position
    const window = types === undefined ? limit : Math.max(limit, leastBehindSeal)
    if (after + window > sealed) return this.#behindSeal(after, window, limit, types, signal)
    if (types === undefined || types.size > mostByIndex) return this.#range(after, after + window, limit, types, signal)
    return this.#byIndex(after, sealed, limit, types, signal)
  }

  /** What may not be sealed yet: read whole, and sealed by what is found. */
  async #behindSeal(
    after: Position,
    window: number,
    limit: number,
    types: ReadonlySet<string> | undefined,
    signal?: AbortSignal,
  ): Promise<Stretch> {
    const sealed = this.#seal.position
    const range = { $gt: after, $lte: after + window }
    const { events, end } = await this.#seal.run(after, () => this.#find({ _id: range }, window, signal), signal)
    const isEnd = end < after + window
    if (end < Math.min(sealed, after + window)) throw await this.#missing(end + 1)
    if (isEnd) this.#holes.watch()
    const stretch = cut(events.filter(({ type }) => types?.has(type) ?? true).map(toEvent), limit, end)
    return { ...stretch, isEnd: isEnd && stretch.upTo === end }
  }

  /** A sealed stretch, read whole. */
  async #range(
    after: Position,
    upTo: Position,
    limit: number,
    types: ReadonlySet<string> | undefined,
    signal?: AbortSignal,
  ): Promise<Stretch> {
    const documents = await this.#find({ _id: { $gt: after, $lte: upTo } }, upTo - after, signal)
    if (documents.length < upTo - after) {
      const behindGap = documents.findIndex(({ _id }, i) => _id !== after + i + 1)
      throw await this.#missing(after + 1 + (behindGap < 0 ? documents.length : behindGap))
    }
    const wanted = documents.filter((document): document is EventDocument => isEvent(document) && (types?.has(document.type) ?? true))
    return cut(wanted.map(toEvent), limit, upTo)
  }

  /** In stretches that grow, with one query for each type. */
  async #byIndex(after: Position, sealed: Position, limit: number, types: ReadonlySet<string>, signal?: AbortSignal): Promise<Stretch> {
    const events: StoredEvent[] = []
    let upTo = after
    for (let span = limit; upTo < sealed && events.length < limit; span = Math.min(span * widerBy, mostInStretch)) {
      const range = { $gt: upTo, $lte: Math.min(upTo + span, sealed) }
      const left = limit - events.length
      const found = await Promise.all([...types].map((type) => this.#find({ type, _id: range }, left, signal)))
      const merged = found.flat().sort((a, b) => a._id - b._id)
      const stretch = cut(merged.filter(isEvent).map(toEvent), left, range.$lte)
      for (const event of stretch.events) events.push(event)
      upTo = stretch.upTo
      this.#closing.throwIfAborted()
    }
    await this.#assertThere(after, signal)
    return { events, upTo, isEnd: false }
  }

  #find(filter: object, limit: number, signal?: AbortSignal): Promise<(EventDocument | Tombstone)[]> {
    // No hint: servers find the index of types by themselves, and take the positions where most events are of that type.
    // Without a batch size the driver asks for a hundred at first, and then again.
    return this.#collections.find('events', filter, { sort: { _id: 1 }, limit, batchSize: limit + 1, signal })
  }

  /** Asked after what shows no gaps was read. @throws {LogTruncated} Something after that position was gone by then, perhaps. */
  async #assertThere(after: Position, signal?: AbortSignal): Promise<void> {
    const first = await truncatedBefore(this.#collections, signal)
    if (after + 1 < first) throw this.#truncated(after + 1, first)
  }

  /** Why a sealed position is empty. */
  async #missing(position: Position): Promise<LogTruncated | StoreDamaged> {
    const first = await truncatedBefore(this.#collections)
    if (position < first) return this.#truncated(position, first)
    return new StoreDamaged({ store: this.#collections.location, reason: `the event at position ${position} is missing` })
  }

  #truncated(position: Position, first: Position): LogTruncated {
    return new LogTruncated({ store: this.#collections.location, position, truncatedBefore: first })
  }
}

/** At most that many of the events, and how far they go: to the last of them where more were found than are wanted. */
function cut(events: readonly StoredEvent[], limit: number, upTo: Position): Stretch {
  const last = events[limit - 1]
  return last === undefined ? { events, upTo, isEnd: false } : { events: events.slice(0, limit), upTo: last.position, isEnd: false }
}
