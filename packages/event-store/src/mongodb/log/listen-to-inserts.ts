import type { Runtime } from '@tidings/core'
import type { ChangeStream } from 'mongodb'
import type { MongoConnection } from '../connection/mongo-connection.ts'
import { names } from './collections.ts'

const longestPauseMs = 5_000
const shortestPauseMs = 50

/**
 * Calls back at inserts into the log until disposed: by a change stream, which is reopened from now whenever it ends. Where it
 * had stopped is never kept: what it did not tell is found by position.
 *
 * @param onRing Called when there may be news, and whenever listening begins.
 * @param onHearing Told whether inserts are heard, as often as that changes.
 */
export function listenToInserts(
  connection: MongoConnection,
  runtime: Runtime,
  onRing: () => void,
  onHearing: (isHearing: boolean) => void,
): AsyncDisposable {
  const listener = new InsertListener(connection, runtime, onRing, onHearing)
  const listening = listener.listen()
  return {
    [Symbol.asyncDispose]: async () => {
      listener.stop()
      await listening
    },
  }
}

class InsertListener {
  readonly #connection: MongoConnection
  readonly #runtime: Runtime
  readonly #onRing: () => void
  readonly #onHearing: (isHearing: boolean) => void
  readonly #done = new AbortController()
  #stream: ChangeStream | undefined
  #isRinging = false
  #pauseMs = shortestPauseMs

  constructor(connection: MongoConnection, runtime: Runtime, onRing: () => void, onHearing: (isHearing: boolean) => void) {
    this.#connection = connection
    this.#runtime = runtime
    this.#onRing = onRing
    this.#onHearing = onHearing
  }

  async listen(): Promise<void> {
    const { clock, random, logger } = this.#runtime
    const { signal } = this.#done
    while (!signal.aborted) {
      try {
        await this.#hear()
      } catch (error) {
        if (signal.aborted) return
        // Told once for each time that it stays away.
        if (this.#pauseMs === shortestPauseMs)
          logger.warn(`The change stream of ${this.#connection.location} ended; it is opened again. Until then its log is polled.`, {
            error,
          })
      }
      await clock.sleep(this.#pauseMs * (0.5 + random.next() / 2), signal, true).catch(() => {})
      this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
    }
  }

  stop(): void {
    this.#done.abort()
    void this.#stream?.close().catch(() => {})
  }

  async #hear(): Promise<void> {
    const database = await this.#connection.database()
    if (this.#done.signal.aborted) return
    const stream = database
      .collection(names.events)
      .watch([{ $match: { operationType: 'insert' } }, { $project: { _id: 1 } }], { batchSize: 1_000 })
    this.#stream = stream
    // The first one comes when the stream is open: what was appended before it was is not told.
    stream.once('resumeTokenChanged', () => {
      this.#pauseMs = shortestPauseMs
      this.#onHearing(true)
      this.#ringSoon()
    })
    try {
      for (;;) {
        await stream.next()
        this.#ringSoon()
      }
    } finally {
      this.#onHearing(false)
      await stream.close().catch(() => {})
    }
  }

  /** Once for all inserts that come in one piece. */
  #ringSoon(): void {
    if (this.#isRinging) return
    this.#isRinging = true
    setImmediate(() => {
      this.#isRinging = false
      if (!this.#done.signal.aborted) this.#onRing()
    })
  }
}
