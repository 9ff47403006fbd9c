import { AppendOutcomeUnknown, type Position, StoreUnavailable } from '@tidings/core'
import { mapAppendError } from '../../connection/map-error.ts'
import type { Draft } from '../event-document.ts'

/** An append on its way, and whoever waits for it. */
export class PendingAppend {
  readonly drafts: readonly Draft[]
  /** On the monotonic clock. */
  readonly deadline: number
  readonly settled: Promise<readonly Position[]>
  /** Whether some of the ids may be in the log already, so that they are looked up before anything is written. */
  mayBeThere: boolean
  /** How many rounds of writing it has been through in vain. */
  rounds = 0
  readonly #store: string
  readonly #outcome = Promise.withResolvers<readonly Position[]>()
  #isSettled = false
  #isUnderWay = false
  #isUnknown = false
  #last: unknown

  constructor(drafts: readonly Draft[], deadline: number, store: string) {
    this.drafts = drafts
    this.deadline = deadline
    this.#store = store
    this.mayBeThere = drafts.length > 1
    this.settled = this.#outcome.promise
  }

  /** Once it is settled nothing of it is sent any more: its caller may have been told that nothing was written. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** From now on something of it may get into the log, until {@link answered}. */
  sent(): void {
    this.#isUnderWay = true
  }

  /** @param isKnown Whether the answer tells what became of what was sent. One that does not is never made good by a later one. */
  answered(isKnown: boolean): void {
    this.#isUnderWay = false
    if (!isKnown) this.#isUnknown = true
  }

  /** Remembers what went wrong last, for the time when it is given up. */
  failed(error: unknown): void {
    this.#last = error
  }

  resolve(positions: readonly Position[]): void {
    this.#isSettled = true
    this.#outcome.resolve(positions)
  }

  /** Settles it with an error that says that nothing was written, or with the unknown outcome, where that cannot be said. */
  reject(error: unknown): void {
    this.#isSettled = true
    const ours = mapAppendError(error, this.#store)
    this.#outcome.reject(this.#isUnknown || this.#isUnderWay ? new AppendOutcomeUnknown({ store: this.#store, cause: error }) : ours)
  }

  /** Settles it as refused for good, whatever became of earlier attempts: what is there makes it impossible. */
  refuse(error: Error): void {
    this.#isSettled = true
    this.#outcome.reject(error)
  }

  /** Settles it as late. */
  expire(timeoutMs: number): void {
    const reason = `the append was not done within ${timeoutMs.toLocaleString('en')} ms`
    this.reject(new StoreUnavailable({ store: this.#store, reason, cause: this.#last }))
  }
}
