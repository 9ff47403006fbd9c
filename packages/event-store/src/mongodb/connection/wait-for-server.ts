import { type Runtime, StoreUnavailable, TidingsError } from '@tidings/core'
import { MongoClient } from 'mongodb'
import { checkServer } from './check-server.ts'
import { classifyError } from './classify-error.ts'
import { mapReadError } from './map-error.ts'
import { type ConnectionSettings, clientOptions } from './options.ts'
import { whyNoServer } from './why-no-server.ts'

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
  let last = awayFor(settings, undefined)
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await attempt(settings, signal)
    } catch (error) {
      closing.throwIfAborted()
      // The attempt that the limit broke off has nothing to say about the server.
      if (signal.aborted && !(error instanceof TidingsError)) throw last.error
      if (!isWorthWaiting(error)) throw mapReadError(error, location)
      last = awayFor(settings, error)
    }
    if (signal.aborted) throw last.error
    const now = clock.monotonic()
    if (now - reportedAt >= reportEveryMs) {
      reportedAt = now
      logger.warn(`${last.line} Waiting for it, ${seconds(now - startedAt)} of ${seconds(waitMs)} s.`)
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

/** What is said while a server is waited for, and what is thrown when the time is over. */
function awayFor({ location, waitMs }: ConnectionSettings, cause: unknown): { readonly line: string; readonly error: StoreUnavailable } {
  if (cause instanceof StoreUnavailable) return { line: cause.message, error: cause }
  const { reason, remedy } = whyNoServer(cause, location)
  const within = `no server was there within ${seconds(waitMs)} s (${reason})`
  return {
    line: `The store ${location} is not there yet: ${reason}. ${remedy}`,
    error: new StoreUnavailable({ store: location, reason: within, remedy: `${remedy} Then repeat.`, cause }),
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)
}
