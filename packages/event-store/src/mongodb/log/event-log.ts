import {
  checkAppend,
  checkReadQuery,
  type EventLog,
  type NewEvent,
  type Position,
  type Reach,
  type ReadQuery,
  type ReadResult,
  StoreClosed,
  StoreUnavailable,
} from '@tidings/core'
import { mapReadError } from '../connection/map-error.ts'
import { MongoConnection } from '../connection/mongo-connection.ts'
import { LogCollections } from './collections.ts'
import { LogDoorbell } from './doorbell.ts'
import { toDraft } from './event-document.ts'
import { listenToInserts } from './listen-to-inserts.ts'
import { OpenLog } from './open-log.ts'
import { type LogSettings, type MongodbEventLogOptions, readOptions } from './options.ts'
import { identityIn } from './schema.ts'

/** What whoever appends or reads does in the log's database: a reader too closes the holes that the dead have left. */
const actions = ['find', 'insert', 'update', 'remove']

/**
 * A log in a MongoDB database: durable on a majority of a replica set, shared by any number of processes, whose order holds
 * over all of them. The server is reached at first use, and the collections are made then.
 *
 * An event is acknowledged after two round trips; appends that are made at once share them. A process that dies while it
 * appends keeps readers waiting for `holeTimeoutMs`, not longer.
 *
 * @throws {DefinitionInvalid} An option is wrong.
 */
export function mongodbEventLog(options: MongodbEventLogOptions): EventLog {
  const settings = readOptions(options)
  return new MongodbEventLog(new MongoConnection({ ...options, runtime: settings.runtime, actions }), settings)
}

class MongodbEventLog implements EventLog {
  readonly capabilities = { durable: true, sharedByProcesses: true, skipsPositions: true }
  readonly location: string
  readonly #connection: MongoConnection
  readonly #settings: LogSettings
  readonly #doorbell: LogDoorbell
  readonly #underWay = new Set<Promise<unknown>>()
  #opening: Promise<OpenLog> | undefined
  #opened: OpenLog | undefined
  #closing: Promise<void> | undefined

  constructor(connection: MongoConnection, settings: LogSettings) {
    this.location = connection.location
    this.#connection = connection
    this.#settings = settings
    this.#doorbell = new LogDoorbell(settings, {
      listen: (onRing, onHearing) => listenToInserts(connection, settings.runtime, onRing, onHearing),
      look: async (signal) => (await this.#open()).look(signal),
    })
  }

  exists(): Promise<boolean> {
    return this.#reading(async () => {
      const database = await this.#connection.database()
      return (await identityIn(new LogCollections(this.#connection), database)) !== undefined
    })
  }

  async identity(): Promise<string> {
    return (await this.#open()).id
  }

  async append(events: readonly NewEvent[]): Promise<readonly Position[]> {
    const { runtime, appendTimeoutMs } = this.#settings
    const deadline = runtime.clock.monotonic() + appendTimeoutMs
    checkAppend(events)
    // At once: what the caller does to its events from now on changes nothing.
    const drafts = events.map(toDraft)
    const { appender } = await this.#openWithin(appendTimeoutMs)
    return appender.append(drafts, deadline)
  }

  async read(query: ReadQuery): Promise<ReadResult> {
    checkReadQuery(query)
    query.signal?.throwIfAborted()
    return this.#reading(async () => (await this.#openUnless(query.signal)).reader.read(query), query.signal)
  }

  sealed(): Promise<Position> {
    return this.#reading(async () => (await this.#open()).reader.sealed())
  }

  onAdvance(ring: () => void): Disposable {
    this.#assertOpen()
    return this.#doorbell.add(ring)
  }

  reach(): Promise<Reach> {
    return this.#reading(() => this.#connection.reach())
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const silent = this.#doorbell.close()
    // What waits for a server that is away waits no longer.
    if (this.#opened === undefined) await this.#connection.close()
    this.#opened?.endReads()
    await Promise.allSettled(this.#underWay)
    await this.#opened?.close()
    await this.#connection.close()
    await silent
  }

  async #reading<R>(work: () => Promise<R>, signal?: AbortSignal): Promise<R> {
    this.#assertOpen()
    const reading = work()
    this.#underWay.add(reading)
    try {
      return await reading
    } catch (error) {
      signal?.throwIfAborted()
      throw mapReadError(error, this.location)
    } finally {
      this.#underWay.delete(reading)
    }
  }

  /** @throws {StoreUnavailable} It could not be opened in that time; the opening goes on, for others. */
  async #openWithin(timeoutMs: number): Promise<OpenLog> {
    if (this.#opened !== undefined && this.#closing === undefined) return this.#opened
    const done = new AbortController()
    const late = this.#settings.runtime.clock.sleep(timeoutMs, done.signal).then(() => {
      throw new StoreUnavailable({ store: this.location, reason: `it was not there within ${timeoutMs.toLocaleString('en')} ms` })
    })
    late.catch(() => {})
    try {
      return await Promise.race([this.#open(), late])
    } finally {
      done.abort()
    }
  }

  /** @throws The signal's reason; the opening goes on, for others. */
  async #openUnless(signal: AbortSignal | undefined): Promise<OpenLog> {
    if (signal === undefined || this.#opened !== undefined) return this.#open()
    const aborted = Promise.withResolvers<never>()
    const onAbort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([this.#open(), aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #open(): Promise<OpenLog> {
    this.#assertOpen()
    this.#opening ??= this.#openNow()
    return this.#opening
  }

  async #openNow(): Promise<OpenLog> {
    try {
      this.#opened = await OpenLog.open(this.#connection, this.#settings, () => this.#doorbell.ring())
      return this.#opened
    } catch (error) {
      // A failed attempt is not kept: the next call tries again.
      this.#opening = undefined
      this.#assertOpen()
      throw error
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new StoreClosed({ store: this.location })
  }
}
