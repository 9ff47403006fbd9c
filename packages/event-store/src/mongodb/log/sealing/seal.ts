import type { Position } from '@tidings/core'
import type { LogCollections } from '../collections.ts'
import { isEvent, isHead, type Mark, type Tombstone } from '../event-document.ts'
import { clearGroup } from '../positions/close-group.ts'
import type { Watermark } from './watermark.ts'

/** The most positions that are looked at in one read. */
const window = 5_000

/** The unbroken run that a read began with. */
export interface Run<D> {
  /** Without what holds no event. */
  readonly events: readonly D[]
  /** Its last position. */
  readonly end: Position
}

/** Knows up to where the log is final: the end of the unbroken run of positions in what a majority has. Nobody passes a hole. */
export class Seal {
  readonly #collections: LogCollections
  readonly #watermark: Watermark
  #position: Position
  /** The last head outside of the run at hand that was found to be there. */
  #aliveHead: Position | undefined

  constructor(collections: LogCollections, watermark: Watermark) {
    this.#collections = collections
    this.#watermark = watermark
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
      const marks = await this.marks(after, after + window, signal)
      const { end } = await this.accept(after, marks, signal)
      if (end < after + window) return this.#position
    }
  }

  /** What stands at the positions after one and up to another. */
  marks(after: Position, upTo: Position, signal?: AbortSignal): Promise<readonly Mark[]> {
    const options = { sort: { _id: 1 }, projection: { head: 1, tombstone: 1 }, batchSize: window + 1, signal } as const
    return this.#collections.find<'events', Mark>('events', { _id: { $gt: after, $lte: upTo } }, options)
  }

  /**
   * Takes the unbroken run from what a majority has after a position that is sealed, and seals it. The events of a group whose
   * head is a tombstone are turned into tombstones before the seal passes them.
   */
  async accept<D extends Mark>(after: Position, documents: readonly D[], signal?: AbortSignal): Promise<Run<Exclude<D, Tombstone>>> {
    const heads = new Set<Position>()
    const dead = new Set<Position>()
    const events: Exclude<D, Tombstone>[] = []
    let end = after
    for (const document of documents) {
      if (document._id !== end + 1) break
      end = document._id
      if (!isEvent(document)) continue
      const { head = end } = document
      if (head === end) heads.add(head)
      else if (!dead.has(head) && !(head > after ? heads.has(head) : await this.#isAlive(head, signal))) {
        await clearGroup(this.#collections, head, signal)
        dead.add(head)
      }
      if (!dead.has(head)) events.push(document)
    }
    if (after <= this.#position && end > this.#position) {
      this.#position = end
      this.#watermark.raise(end)
    }
    return { events, end }
  }

  /** Whether a group has its head, which lies at or under the seal: what is there stays. */
  async #isAlive(head: Position, signal?: AbortSignal): Promise<boolean> {
    if (head === this.#aliveHead) return true
    const [mark] = await this.#collections.find<'events', Mark>('events', { _id: head }, { projection: { head: 1, tombstone: 1 }, signal })
    if (mark === undefined || !isHead(mark)) return false
    this.#aliveHead = head
    return true
  }
}
