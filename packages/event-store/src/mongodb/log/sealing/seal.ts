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
      const { end } = await this.run(after, () => this.marks(after, after + window, signal), signal)
      if (end < after + window) return this.#position
    }
  }

  /** What stands at the positions after one and up to another. */
  marks(after: Position, upTo: Position, signal?: AbortSignal): Promise<readonly Mark[]> {
    const options = { sort: { _id: 1 }, projection: { head: 1, tombstone: 1 }, batchSize: window + 1, signal } as const
    return this.#collections.find<'events', Mark>('events', { _id: { $gt: after, $lte: upTo } }, options)
  }

  /**
   * Reads what a majority has after a position that is sealed, and seals the unbroken run that it begins with. The events of a
   * group whose head is a tombstone are turned into tombstones, and read again, before the seal passes them: who turns them at
   * the same time may have left a hole.
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
      for (const head of dead) await clearGroup(this.#collections, head, signal)
    }
  }

  async #scan<D extends Mark>(after: Position, documents: readonly D[], signal?: AbortSignal) {
    const heads = new Set<Position>()
    const dead = new Set<Position>()
    const events: Exclude<D, Tombstone>[] = []
    let end = after
    for (const document of documents) {
      if (document._id !== end + 1) break
      end = document._id
      if (!isEvent(document)) continue
      const { head } = document
      if (isHead(document)) heads.add(end)
      else if (head !== undefined && !dead.has(head) && !(head > after ? heads.has(head) : await this.#isAlive(head, signal)))
        dead.add(head)
      events.push(document)
    }
    return { events, end, dead }
  }

  /** Whether a group has its head, which lies at or under the seal: what is there stays. One that is gone was truncated. */
  async #isAlive(head: Position, signal?: AbortSignal): Promise<boolean> {
    if (head === this.#aliveHead) return true
    const [mark] = await this.#collections.find<'events', Mark>('events', { _id: head }, { projection: { head: 1, tombstone: 1 }, signal })
    if (mark !== undefined && !isHead(mark)) return false
    this.#aliveHead = head
    return true
  }
}
