import { type Reach, StoreClosed } from '@tidings/core'
import type { Db, MongoClient } from 'mongodb'
import { answeredWithin } from './answered-within.ts'
import { mapReadError } from './map-error.ts'
import { type ConnectionOptions, type ConnectionSettings, readServerOptions } from './options.ts'
import { readReach } from './read-reach.ts'
import { waitForServer } from './wait-for-server.ts'

/**
 * One server, as one process uses it: a client that is connected at first use, shared by all callers, and set to what
 * keeps events safe. A server that is away is waited for.
 */
export class MongoConnection {
  /** Hosts and database, for messages: never a credential. */
  readonly location: string
  /** How long one command may stay without an answer, in milliseconds. */
  readonly answerTimeoutMs: number
  readonly #settings: ConnectionSettings
  readonly #closing = new AbortController()
  #connecting: Promise<MongoClient> | undefined
  #closed: Promise<void> | undefined

  /** @throws {DefinitionInvalid} Names all that is wrong in the options. */
  constructor(options: ConnectionOptions) {
    this.#settings = readServerOptions(options)
    this.location = this.#settings.location
    this.answerTimeoutMs = this.#settings.answerTimeoutMs
  }

  /**
   * The client, connected to a server that was found fit.
   *
   * @throws {StoreUnavailable} No server within `waitMs`. The next call tries again.
   * @throws {StoreUnsuitable} The server is too old, no replica set, or refuses this user.
   * @throws {StoreClosed}
   */
  client(): Promise<MongoClient> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#storeClosed())
    // A failed attempt is not kept: the next call tries again.
    this.#connecting ??= waitForServer(this.#settings, this.#closing.signal).catch((error: unknown) => {
      this.#connecting = undefined
      throw error
    })
    return this.#connecting
  }

  /** The database, on a client that is connected. Fails as {@link client} does. */
  async database(): Promise<Db> {
    return (await this.client()).db(this.#settings.database)
  }

  /**
   * Waits for a call made on the client, as long as it may take to find a server, then a connection, then an answer.
   *
   * @throws {AnswerMissing} It did not settle.
   * @see answeredWithin for why the driver's own time-outs are not enough.
   */
  answered<R>(call: Promise<R>): Promise<R> {
    return answeredWithin(this.#settings.runtime, 3 * this.#settings.answerTimeoutMs, call)
  }

  /** What the user may touch. Fails as {@link client} does. */
  async reach(): Promise<Reach> {
    try {
      return await readReach(await this.database())
    } catch (error) {
      throw mapReadError(error, this.location)
    }
  }

  /** Ends at once what waits for the server, and lets go of every connection. Calls under way fail: finish them first. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(this.#storeClosed())
    const client = await this.#connecting?.catch(() => undefined)
    await client?.close()
  }

  #storeClosed(): StoreClosed {
    return new StoreClosed({ store: this.location })
  }
}
