import { type Position, type Runtime, StoreClosed, StoreOverloaded } from '@tidings/core'
import type { Draft } from '../event-document.ts'
import { PendingAppend } from './pending-append.ts'
import type { BatchWriter } from './write-batch.ts'

/** The most events that a batch takes in. */
const mostInBatch = 1_000
/** The most text, in characters, that a batch takes in: its events are final together, and large ones would keep small ones waiting. */
const mostCharacters = 4_000_000
const longestPauseMs = 200

/** What appending needs of the log that it belongs to. */
export interface AppenderOptions {
  readonly writer: BatchWriter
  readonly location: string
  readonly runtime: Runtime
  readonly maxWaiting: number
  readonly appendTimeoutMs: number
  readonly onAppended: () => void
}

/** Writes appends in batches: the next one fills while one is in flight. A caller that is refused fails no other. */
export class Appender {
  readonly #options: AppenderOptions
  /** In the order of their deadlines, nearly. */
  readonly #unsettled = new Set<PendingAppend>()
  #waiting: PendingAppend[] = []
  #unsettledEvents = 0
  #batch: { readonly appends: readonly PendingAppend[]; readonly gaveUp: AbortController } | undefined
  #running: Promise<void> | undefined
  #expiring: Promise<void> | undefined
  #idle = new AbortController()
  #isClosed = false

  constructor(options: AppenderOptions) {
    this.#options = options
  }

  /**
   * Takes part in the next batch.
   *
   * @param deadline When it is given up, on the monotonic clock.
   * @throws {StoreOverloaded} @throws {StoreClosed}
   */
  append(drafts: readonly Draft[], deadline: number): Promise<readonly Position[]> {
    const { location, maxWaiting } = this.#options
    if (this.#isClosed) return Promise.reject(new StoreClosed({ store: location }))
    if (this.#unsettledEvents > 0 && this.#unsettledEvents + drafts.length > maxWaiting)
      return Promise.reject(new StoreOverloaded({ store: `The log ${location}`, waiting: this.#unsettledEvents, maximum: maxWaiting }))
    const append = new PendingAppend(drafts, deadline, location)
    this.#waiting.push(append)
    this.#unsettledEvents += drafts.length
    this.#unsettled.add(append)
    this.#expiring ??= this.#expire()
    this.#running ??= this.#run()
    return append.settled
  }

  /** Finishes what was taken on; takes on no more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options.runtime
    while (this.#waiting.length > 0) {
      // After this turn of the event loop. What failed waits a random time: two that append the same would meet again.
      const rounds = this.#waiting[0]?.rounds ?? 0
      await clock.sleep(rounds === 0 ? 0 : random.next() * Math.min(2 ** rounds, longestPauseMs))
      await this.#write(this.#take())
    }
    this.#running = undefined
  }

  async #write(appends: readonly PendingAppend[]): Promise<void> {
    const { writer, onAppended } = this.#options
    const gaveUp = new AbortController()
    this.#batch = { appends, gaveUp }
    if (appends.length > 0) await writer.write(appends, gaveUp.signal)
    this.#batch = undefined
    for (const append of appends) if (append.isSettled) this.#forget(append)
    const again = appends.filter(({ isSettled }) => !isSettled)
    this.#waiting.unshift(...again)
    if (again.length < appends.length) onAppended()
  }

  /** Whole appends, those that have waited longest. None that holds an event of another: both would get in each other's way. */
  #take(): readonly PendingAppend[] {
    const taken: PendingAppend[] = []
    const left: PendingAppend[] = []
    const ids = new Set<string>()
    let characters = 0
    for (const append of this.#waiting) {
      const { drafts } = append
      if (append.isSettled) continue
      const isFull = taken.length > 0 && (ids.size + drafts.length > mostInBatch || characters > mostCharacters)
      if (isFull || drafts.some(({ id }) => ids.has(id))) {
        left.push(append)
        continue
      }
      taken.push(append)
      for (const { id, data } of drafts) {
        ids.add(id)
        characters += data.length
      }
    }
    this.#waiting = left
    return taken
  }

  #forget(append: PendingAppend): void {
    if (!this.#unsettled.delete(append)) return
    this.#unsettledEvents -= append.drafts.length
    if (this.#unsettled.size === 0) this.#idle.abort()
  }

  /** Settles those that have waited too long, whatever is in flight. Ends when nothing is left to be settled. */
  async #expire(): Promise<void> {
    const { runtime, appendTimeoutMs } = this.#options
    this.#idle = new AbortController()
    for (const append of this.#unsettled) {
      const leftMs = append.deadline - runtime.clock.monotonic()
      if (leftMs > 0) await runtime.clock.sleep(leftMs, this.#idle.signal).catch(() => {})
      if (this.#idle.signal.aborted) break
      if (!append.isSettled) append.expire(appendTimeoutMs)
      this.#forget(append)
      if (this.#batch?.appends.every(({ isSettled }) => isSettled)) this.#batch.gaveUp.abort()
    }
    this.#expiring = undefined
    // Taken on between the abort and here.
    if (this.#unsettled.size > 0) this.#expiring = this.#expire()
  }
}
