import type { Runtime } from '@tidings/core'
import type { LogCollections } from '../collections.ts'
import { waitShorter } from '../positions/counter.ts'
import type { CounterDocument } from '../state-document.ts'

/** How long no writer must have come too late until readers wait half as long, in milliseconds. */
const calmMs = 60_000

/** How long readers wait for a position: the time set, or longer for a while where writers have come too late. */
export class HolePatience {
  readonly #collections: LogCollections
  readonly #runtime: Runtime
  readonly #holeTimeoutMs: number
  #seen: { readonly losses: number; readonly holeTimeoutMs: number; readonly since: number } | undefined

  constructor(collections: LogCollections, runtime: Runtime, holeTimeoutMs: number) {
    this.#collections = collections
    this.#runtime = runtime
    this.#holeTimeoutMs = holeTimeoutMs
  }

  /** How long to wait, in milliseconds. */
  async timeoutMs(counter: CounterDocument): Promise<number> {
    const { losses, holeTimeoutMs = 0 } = counter
    const now = this.#runtime.clock.monotonic()
    if (losses !== this.#seen?.losses || holeTimeoutMs !== this.#seen.holeTimeoutMs) this.#seen = { losses, holeTimeoutMs, since: now }
    if (counter.holeTimeoutMs !== undefined && now - this.#seen.since >= calmMs) {
      await waitShorter(this.#collections, counter, this.#holeTimeoutMs)
      this.#seen = undefined
    }
    return Math.max(this.#holeTimeoutMs, holeTimeoutMs)
  }
}
