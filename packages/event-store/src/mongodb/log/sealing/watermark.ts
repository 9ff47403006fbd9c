import type { Position } from '@tidings/core'
import { type LogCollections, names } from '../collections.ts'
import type { IdentityDocument, WatermarkDocument } from '../state-document.ts'

/** How far the log grows until the watermark is raised. */
const raisedEvery = 1_000

/** A position up to which somebody has found the log without a gap. May lag; must never lead. */
export class Watermark {
  readonly #collections: LogCollections
  readonly #log: string
  #raisedTo: Position
  #raising: Promise<void> | undefined

  private constructor(collections: LogCollections, log: string, position: Position) {
    this.#collections = collections
    this.#log = log
    this.#raisedTo = position
  }

  /** From where this process has to look for itself. */
  get position(): Position {
    return this.#raisedTo
  }

  static async read(collections: LogCollections, { id, truncatedBefore = 1 }: IdentityDocument): Promise<Watermark> {
    const [watermark] = await collections.find<'state', WatermarkDocument>('state', { _id: 'watermark', log: id })
    const position = watermark?.position ?? 0
    // One that leads, after a backup was restored in parts, would have readers pass what is still to come.
    const [found] = position === 0 ? [] : await collections.find('events', { _id: position }, { projection: { _id: 1 } })
    return new Watermark(collections, id, Math.max(found?._id ?? 0, truncatedBefore - 1))
  }

  /** Raises it, now and then, without keeping anyone waiting. */
  raise(position: Position): void {
    if (position < this.#raisedTo + raisedEvery || this.#raising !== undefined) return
    this.#raising = this.#write(position)
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#raising
  }

  async #write(position: Position): Promise<void> {
    try {
      const q = { _id: 'watermark', log: this.#log }
      await this.#collections.write({ update: names.state, updates: [{ q, u: { $max: { position } } }] })
      this.#raisedTo = position
    } catch {
      // The next one will do.
    } finally {
      this.#raising = undefined
    }
  }
}
