import { type BulkheadPolicy, BulkheadRejectedError, bulkhead, TaskCancelledError } from 'cockatiel'
import { ServiceUnavailable } from '../../errors/request-errors.ts'
import type { PolicyCall, Send } from '../../ports/request-policy.ts'
import type { OperationAnswer } from '../../ports/requests.ts'
import { Breaker, type BreakerOptions } from './breaker.ts'
import { type Outcome, verdictOf } from './outcome.ts'
import { RetryBudget } from './retry-budget.ts'
import { unlessAborted } from './unless-aborted.ts'

/** What bounds the requests to one service. */
export interface TargetOptions extends BreakerOptions {
  readonly maxInFlight: number
  readonly maxWaiting: number
}

interface Judged {
  readonly outcome: Outcome
  readonly verdict: 'up' | 'down' | 'unknown'
}

/** How long to wait before asking a service again to which too many requests are under way. */
const retryAfterMs = 1_000

/** One service as its callers in this process see it: how it is doing, and how many requests to it are under way. */
export class Target {
  readonly budget = new RetryBudget()
  readonly #service: string
  readonly #breaker: Breaker<Judged>
  readonly #places: BulkheadPolicy

  constructor(options: TargetOptions) {
    this.#service = options.service
    this.#breaker = new Breaker(options)
    this.#places = bulkhead(options.maxInFlight, options.maxWaiting)
  }

  /**
   * Sends once, as soon as there is a place.
   *
   * @throws {ServiceUnavailable} Nothing was sent: the breaker is open, or too many wait for a place.
   */
  async attempt({ request, operation, signal }: PolicyCall, send: Send): Promise<Outcome> {
    const sendOnce = async (): Promise<Judged> => {
      const outcome = await outcomeOf(unlessAborted(signal, send(request, signal)))
      return { outcome, verdict: verdictOf(outcome, request, operation) }
    }
    // Asked here as well: whoever waits for a place behind requests that hang would not learn of it.
    this.#breaker.assertPasses()
    try {
      return (await this.#places.execute(() => this.#breaker.run(sendOnce), signal)).outcome
    } catch (error) {
      if (error instanceof TaskCancelledError) throw signal.reason
      if (!(error instanceof BulkheadRejectedError)) throw error
      const reason = 'as many requests to it as this process allows are under way and waiting'
      throw new ServiceUnavailable({ service: this.#service, reason, retryAfterMs })
    }
  }
}

async function outcomeOf(answer: Promise<OperationAnswer>): Promise<Outcome> {
  try {
    return { answer: await answer }
  } catch (error) {
    return { error }
  }
}
