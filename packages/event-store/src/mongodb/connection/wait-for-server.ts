import { type Runtime, StoreUnavailable, TidingsError } from '@tidings/core'
import { MongoClient, MongoServerSelectionError } from 'mongodb'
import { checkServer } from './check-server.ts'
import { classifyError } from './classify-error.ts'
import { mapReadError } from './map-error.ts'
import { type ConnectionSettings, clientOptions } from './options.ts'

/** So often it is said that a server is waited for. */
const reportEveryMs = 3_000
const longestPauseMs = 2_000

/**
 * A client, connected to a server that was found fit. Tries until there is one, and says so.
 *
 * @param closing Ends the waiting at once, with its reason. Then, as after every failure, nothing is left open.
 * @throws {StoreUnavailable} There was none within `waitMs`.
 * @throws {StoreUnsuitable} There is one, and waiting does not make it fit.
 */
export async function waitForServer(settings: ConnectionSettings, closing: AbortSignal): Promise<MongoClient> {
  const { location, runtime, waitMs } = settings
  const { clock, logger, random } = runtime
  const startedAt = clock.monotonic()
  using limit = expireAfter(waitMs, runtime)
  const signal = AbortSignal.any([closing, limit.signal])
  let reportedAt = Number.NEGATIVE_INFINITY
  let last: unknown
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await attempt(settings, signal)
    } catch (error) {
      closing.throwIfAborted()
      if (!isWorthWaiting(error)) throw mapReadError(error, location)
      // The attempt that the limit broke off has nothing to say about the server.
      if (!signal.aborted || last === undefined) last = error
    }
    if (signal.aborted) throw serverAway(settings, last)
    const now = clock.monotonic()
    if (now - reportedAt >= reportEveryMs) {
      reportedAt = now
      const waited = `${seconds(now - startedAt)} of ${seconds(waitMs)} s`
      logger.warn(`The store ${location} is not there yet: ${wordsOf(last)}. Waiting for it, ${waited}.`)
    }
    await clock.sleep(random.next() * pauseMs, signal).catch(() => {})
  }
}

async function attempt(settings: ConnectionSettings, signal: AbortSignal): Promise<MongoClient> {
  const { url, database, location, actions, onCommand } = settings
  // Each attempt has a client of its own: one whose first connection failed may answer "Topology is closed" for ever.
  const client = new MongoClient(url, clientOptions(settings))
  if (onCommand !== undefined) client.on('commandStarted', onCommand)
  const stop = (): void => void client.close().catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    await client.connect()
    await checkServer(client.db(database), location, actions)
    signal.throwIfAborted()
    return client
  } catch (error) {
    await client.close().catch(() => {})
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
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

function serverAway({ location, waitMs }: ConnectionSettings, cause: unknown): StoreUnavailable {
  if (cause instanceof StoreUnavailable) return cause
  return new StoreUnavailable({
    store: location,
    reason: `no server was there within ${seconds(waitMs)} s (${wordsOf(cause)})`,
    remedy: 'See that the server runs and that this machine reaches it, and repeat.',
    cause,
  })
}

/** For people: why no server was found. The driver names the server there, never the user. */
function wordsOf(error: unknown): string {
  const found = error instanceof MongoServerSelectionError ? [...(error.reason?.servers.values() ?? [])] : []
  const told = found.find((server) => server.error !== null)?.error ?? error
  return told instanceof Error ? told.message.replace(/\.+$/, '') : 'it did not answer in time'
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)
}
