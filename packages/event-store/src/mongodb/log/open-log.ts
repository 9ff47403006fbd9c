import { type Position, StoreClosed } from '@tidings/core'
import { mapReadError } from '../connection/map-error.ts'
import type { MongoConnection } from '../connection/mongo-connection.ts'
import { Appender } from './appending/append.ts'
import { BatchWriter } from './appending/write-batch.ts'
import { LogCollections } from './collections.ts'
import type { LogSettings } from './options.ts'
import { Reader } from './read.ts'
import { makeLog } from './schema.ts'
import { HoleCloser } from './sealing/close-holes.ts'
import { Seal } from './sealing/seal.ts'
import { Watermark } from './sealing/watermark.ts'
import type { CounterDocument, IdentityDocument } from './state-document.ts'

/** A log that is there, and everything in this process that works on it. */
export class OpenLog {
  readonly id: string
  readonly appender: Appender
  readonly reader: Reader
  readonly #collections: LogCollections
  readonly #watermark: Watermark
  readonly #seal: Seal
  readonly #holes: HoleCloser
  readonly #closing = new AbortController()
  /** How far the log went when it was looked at last. */
  #told: Position = 0

  private constructor(
    collections: LogCollections,
    identity: IdentityDocument,
    watermark: Watermark,
    settings: LogSettings,
    onAdvanced: () => void,
  ) {
    const { id } = identity
    const { location } = collections
    const options = { ...settings, collections, log: id, location }
    this.id = id
    this.#collections = collections
    this.#watermark = watermark
    this.#seal = new Seal(collections, watermark, this.#closing.signal)
    this.#holes = new HoleCloser({ ...options, seal: this.#seal, onClosed: onAdvanced })
    this.reader = new Reader(collections, this.#seal, this.#holes, this.#closing.signal)
    this.appender = new Appender({ ...options, writer: new BatchWriter(options), onAppended: onAdvanced })
  }

  /**
   * Opens the log, and makes it where there is none.
   *
   * @throws {StoreUnavailable} @throws {StoreUnsuitable} @throws {StoreDamaged} @throws {FormatUnknown}
   */
  static async open(connection: MongoConnection, settings: LogSettings, onAdvanced: () => void): Promise<OpenLog> {
    try {
      const collections = new LogCollections(connection)
      const identity = await makeLog(collections, await connection.database(), settings.runtime)
      return new OpenLog(collections, identity, await Watermark.read(collections, identity), settings, onAdvanced)
    } catch (error) {
      throw mapReadError(error, connection.location)
    }
  }

  /** Whether the log goes further than at the last look. What stands behind a hole is no news; that the hole is closed is. */
  async look(signal: AbortSignal): Promise<boolean> {
    const [counter] = await this.#collections.find<'state', CounterDocument>('state', { _id: 'counter', log: this.id }, { signal })
    if (counter !== undefined && counter.reserved > this.#seal.position) {
      await this.#seal.advance(signal)
      this.#holes.watch()
    }
    const hasGrown = this.#seal.position > this.#told
    this.#told = this.#seal.position
    return hasGrown
  }

  /** Gives up reads that have a long way to go. */
  endReads(): void {
    this.#closing.abort(new StoreClosed({ store: this.#collections.location }))
  }

  /** Finishes the appends that were taken on. */
  async close(): Promise<void> {
    await this.appender.close()
    await this.#holes.close()
    await this.#watermark.settled()
  }
}
