import type { Position } from '@tidings/core'
import type { LogCollections } from '../collections.ts'
import { endOfGroup, isEvent, isHead, type Mark, markFields, type Tombstone } from '../event-document.ts'
import { clearGroup } from '../positions/close-group.ts'
import type { Watermark } from './watermark.ts'

/** The most positions that are looked at in one read. */
const window = 5_000

/** The unbroken run that a read began with. */
export interface Run<D> {
  /** Without what holds no event. */
  readonly events: readonly Exclude<D, Tombstone>[]
  /** Its last position. */
  readonly end: Position
  /** All that was read. */
  readonly documents: readonly D[]
}

/** Knows up to where the log is final: the end of the unbroken run of positions in what a majority has. Nobody passes a hole. */
export class Seal {
  readonly #collections: LogCollections
  readonly #watermark: Watermark
  #position: Position
  /** Aborted when the log is closed: a long way is given up between two stretches of it. */
  readonly #closing: AbortSignal
  /** The last head outside of the run at hand that was looked for, and where its group ends. */
  #head: { readonly position: Position; readonly end: Position } | undefined

  constructor(collections: LogCollections, watermark: Watermark, closing: AbortSignal) {
    this.#collections = collections
    this.#watermark = watermark
    this.#closing = closing
    this.#position = watermark.position
  }

  /** As far as this process knows. What is read after this was asked for sees everything up to it. */
  get position(): Position {
    return this.#position
  }

  /** Looks how far the log goes by now. */
  async advance(signal?: AbortSignal): Promise<Position> {
    for (;;) {
      const after = this.#position
      const { end } = await this.run(after, () => this.marks(after, after + window, signal), signal)
      if (end < after + window) return this.#position
      this.#closing.throwIfAborted()
    }
  }

  /** Goes on behind what was truncated: it was sealed before. */
  skipTo(position: Position): void {
    this.#position = Math.max(this.#position, position)
  }

  /** What stands at the positions after one and up to another. */
  marks(after: Position, upTo: Position, signal?: AbortSignal): Promise<readonly Mark[]> {
    const options = { sort: { _id: 1 }, projection: markFields, batchSize: window + 1, signal } as const
    return this.#collections.find<'events', Mark>('events', { _id: { $gt: after, $lte: upTo } }, options)
  }

  /**
   * Reads what a majority has after a position that is sealed, and seals the unbroken run that it begins with. Events that name a
   * head which is none, or not theirs, are turned into tombstones, and read again, before the seal passes them: who turns them
   * at the same time may have left a hole.
   */
  async run<D extends Mark>(after: Position, read: () => Promise<readonly D[]>, signal?: AbortSignal): Promise<Run<D>> {
    for (;;) {
      const documents = await read()
      const { events, end, dead } = await this.#scan(after, documents, signal)
      if (dead.size === 0) {
        if (after <= this.#position && end > this.#position) {
          this.#position = end
          this.#watermark.raise(end)
        }
        return { events, end, documents }
      }
      for (const [head, from] of dead) await clearGroup(this.#collections, head, from, signal)
    }
  }

  async #scan<D extends Mark>(after: Position, documents: readonly D[], signal?: AbortSignal) {
    const ends = new Map<Position, Position>()
    const dead = new Map<Position, Position>()
    const events: Exclude<D, Tombstone>[] = []
    let end = after
    for (const document of documents) {
      if (document._id !== end + 1) break
      end = document._id
      if (!isEvent(document)) continue
      const { head } = document
      if (isHead(document)) ends.set(end, endOfGroup(document))
      else if (head !== undefined && !dead.has(head)) {
        const from = head > after ? (ends.get(head) ?? head + 1) : await this.#endOf(head, signal)
        if (end >= from) dead.set(head, from)
      }
      events.push(document)
    }
    return { events, end, dead }
  }

  /** Where the group of a head ends that lies at or under the seal: what is there stays. One that is gone was truncated. */
  async #endOf(head: Position, signal?: AbortSignal): Promise<Position> {
    if (head === this.#head?.position) return this.#head.end
    const [mark] = await this.#collections.find<'events', Mark>('events', { _id: head }, { projection: markFields, signal })
    const end = mark === undefined ? Number.POSITIVE_INFINITY : endOfGroup(mark)
    this.#head = { position: head, end }
    return end
  }
}
