import type { StoredEvent } from '@tidings/core'
import type { LaneContext } from '../lane/lane-context.ts'
import { describeInLine, type Retry } from '../lane/retry.ts'
import { spellDuration } from '../lane/spell-duration.ts'
import type { DescribedError } from './terminal-error.ts'

/** Tells of one event that fails: in full when its error is new here, from then on in a line each. */
export class FailureReport {
  readonly #context: LaneContext
  readonly #event: StoredEvent
  readonly #onFailed: (retry: Retry) => void
  /** The error that was told in full. */
  #told: DescribedError | undefined

  constructor(context: LaneContext, event: StoredEvent, onFailed: (retry: Retry) => void) {
    this.#context = context
    this.#event = event
    this.#onFailed = onFailed
  }

  /** It failed before it came into hand here. */
  goesOn(attempts: number, error: DescribedError, waitMs: number): void {
    this.#onFailed(this.#retry(attempts, error, waitMs))
    this.#warn(`goes on with ${this.#named}, which failed before, ${this.#count(attempts)} (${describeInLine(error)})${then(waitMs)}`)
  }

  /** @param waitMs Undefined where no further attempt is made. */
  failed(attempts: number, error: DescribedError, cause: unknown, waitMs: number | undefined): void {
    const isTold = this.#told?.code === error.code && this.#told.message === error.message
    this.#told = error
    if (waitMs !== undefined) this.#onFailed(this.#retry(attempts, error, waitMs))
    if (isTold) this.#warn(`failed again at ${this.#named}, ${this.#count(attempts)} (${describeInLine(error)})${then(waitMs)}`)
    else this.#warn(`failed at ${this.#named}, ${this.#count(attempts)}${then(waitMs)}`, { error: cause })
  }

  get #named(): string {
    return `${this.#event.type} (position ${this.#event.position})`
  }

  #count(attempts: number): string {
    return `attempt ${attempts} of ${this.#context.config.attempts}`
  }

  #retry(attempts: number, error: DescribedError, nextInMs: number): Retry {
    const { position, type } = this.#event
    return { position, type, attempts, maxAttempts: this.#context.config.attempts, error, nextInMs }
  }

  #warn(message: string, facts?: object): void {
    this.#context.host.runtime.logger.warn(`${this.#context.config.name} ${message}`, facts)
  }
}

function then(waitMs: number | undefined): string {
  return waitMs === undefined ? '.' : `; the next one comes in ${spellDuration(waitMs)}.`
}
