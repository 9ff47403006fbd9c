import { type Reach, type Runtime, StoreClosed, StoreUnavailable, TidingsError } from '@tidings/core'
import { type Db, MongoClient, MongoServerSelectionError } from 'mongodb'
import { answeredWithin } from './answered-within.ts'
import { checkServer } from './check-server.ts'
import { classifyError } from './classify-error.ts'
import { mapReadError } from './map-error.ts'
import { type ConnectionOptions, type ConnectionSettings, clientOptions, readServerOptions } from './options.ts'
import { readReach } from './read-reach.ts'

/** So often it is said that a server is waited for. */
const reportEveryMs = 3_000

/**
 * One server, as one process uses it: a client that is connected at first use, shared by all callers, and set to what
 * keeps events safe. A server that is away is waited for.
 */
export class MongoConnection {
  /** Hosts and database, for messages: never a credential. */
  readonly location: string
  readonly #settings: ConnectionSettings
  readonly #closing = new AbortController()
  #connecting: Promise<MongoClient> | undefined
  #closed: Promise<void> | undefined

  /** @throws {DefinitionInvalid} Names all that is wrong in the options. */
  constructor(options: ConnectionOptions) {
    this.#settings = readServerOptions(options)
    this.location = this.#settings.location
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
    this.#connecting ??= this.#connect().catch((error: unknown) => {
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

  async #connect(): Promise<MongoClient> {
    const { runtime, waitMs } = this.#settings
    const { clock, logger } = runtime
    const startedAt = clock.monotonic()
    using limit = expireAfter(waitMs, runtime)
    const signal = AbortSignal.any([this.#closing.signal, limit.signal])
    let longestMs = 100
    let reportedAt = Number.NEGATIVE_INFINITY
    let last: unknown
    for (;;) {
      try {
        return await this.#attempt(signal)
      } catch (error) {
        if (this.#closing.signal.aborted) throw this.#storeClosed()
        if (!isWorthWaiting(error)) throw mapReadError(error, this.location)
        // The attempt that the limit broke off has nothing to say about the server.
        if (!signal.aborted || last === undefined) last = error
      }
      if (signal.aborted) throw this.#away(last)
      const now = clock.monotonic()
      if (now - reportedAt >= reportEveryMs) {
        reportedAt = now
        logger.warn(
          `The store ${this.location} is not there yet: ${wordsOf(last)}. Waiting for it, ${seconds(now - startedAt)} of ${seconds(waitMs)} s.`,
        )
      }
      await clock.sleep(runtime.random.next() * longestMs, signal).catch(() => {})
      longestMs = Math.min(longestMs * 2, 2_000)
    }
  }

  async #attempt(signal: AbortSignal): Promise<MongoClient> {
    // Each attempt has a client of its own: one whose first connection failed may answer "Topology is closed" for ever.
    const client = new MongoClient(this.#settings.url, clientOptions(this.#settings))
    const { onCommand, database, actions } = this.#settings
    if (onCommand !== undefined) client.on('commandStarted', onCommand)
    const stop = (): void => void client.close().catch(() => {})
    signal.addEventListener('abort', stop, { once: true })
    try {
      signal.throwIfAborted()
      await client.connect()
      await checkServer(client.db(database), this.location, actions)
      signal.throwIfAborted()
      return client
    } catch (error) {
      await client.close().catch(() => {})
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  #away(cause: unknown): StoreUnavailable {
    if (cause instanceof StoreUnavailable) return cause
    return new StoreUnavailable({
      store: this.location,
      reason: `no server was there within ${seconds(this.#settings.waitMs)} s (${wordsOf(cause)})`,
      remedy: 'See that the server runs and that this machine reaches it, and repeat.',
      cause,
    })
  }

  #storeClosed(): StoreClosed {
    return new StoreClosed({ store: this.location })
  }
}

/** A signal that is aborted after `ms`, and a timer that is gone when the scope ends. */
function expireAfter(ms: number, { clock }: Runtime): Disposable & { readonly signal: AbortSignal } {
  const limit = new AbortController()
  const done = new AbortController()
  clock.sleep(ms, done.signal).then(
    () => limit.abort(),
    () => {},
  )
  return { signal: limit.signal, [Symbol.dispose]: () => done.abort() }
}

function isWorthWaiting(error: unknown): boolean {
  if (error instanceof TidingsError) return error.retryable
  return !['refused', 'invalid'].includes(classifyError(error))
}

/** For people: why no server was found. The driver names the server there, never the user. */
function wordsOf(error: unknown): string {
  if (error instanceof MongoServerSelectionError)
    for (const server of error.reason?.servers.values() ?? []) if (server.error) return server.error.message
  return error instanceof Error ? error.message.replace(/\.+$/, '') : 'it did not answer in time'
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)
}
