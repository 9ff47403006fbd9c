import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  type IBackoffFactory,
} from 'cockatiel'
import { ServiceUnavailable } from '../../errors/request-errors.ts'
import type { Clock } from '../../ports/runtime.ts'

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  readonly service: string
  readonly failures: number
  readonly pauseMs: number
  readonly clock: Pick<Clock, 'monotonic'>
}

/** Carries an attempt that says nothing about the service past cockatiel, which counts no error that it was not told of. */
class Uncounted<R> {
  readonly result: R

  constructor(result: R) {
    this.result = result
  }
}

/** Opens after failures in a row, and lets nothing pass for a while. Then one request goes first and decides for all others. */
export class Breaker<R extends { readonly verdict: 'up' | 'down' | 'unknown' }> {
  readonly #options: BreakerOptions
  readonly #circuit: CircuitBreakerPolicy
  #openUntil = 0

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#circuit = circuitBreaker(
      // Only results of `run` get here.
      handleWhenResult((result) => (result as R).verdict !== 'up'),
      { breaker: new ConsecutiveBreaker(options.failures), halfOpenAfter: this.#pause() },
    )
  }

  /** @throws {ServiceUnavailable} The breaker is open, or one request is finding out whether it may close. */
  assertPasses(): void {
    if (this.#circuit.state === CircuitState.Closed) return
    const { service, clock, pauseMs } = this.#options
    const leftMs = Math.ceil(this.#openUntil - clock.monotonic())
    if (this.#circuit.state === CircuitState.Open && leftMs <= 0) return
    // Cockatiel would let all others wait for what comes of the one that goes first.
    const reason = 'its last requests failed one after the other, so none is sent for a while'
    throw new ServiceUnavailable({ service, reason, retryAfterMs: leftMs > 0 ? leftMs : Math.min(1_000, pauseMs) })
  }

  /** Runs an attempt, and learns from its verdict. @throws {ServiceUnavailable} The breaker is open. */
  async run(attempt: () => Promise<R>): Promise<R> {
    this.assertPasses()
    try {
      return await this.#circuit.execute(async () => {
        const result = await attempt()
        // The one that goes first must decide: when it tells nothing, the pause begins anew.
        if (result.verdict === 'unknown' && this.#circuit.state !== CircuitState.HalfOpen) throw new Uncounted(result)
        return result
      })
    } catch (error) {
      if (error instanceof Uncounted) return error.result as R
      throw error
    }
  }

  /** Cockatiel asks the wall clock, which jumps, how long it has been open; this gives it the answer of ours. */
  #pause(): IBackoffFactory<unknown> {
    const { clock, pauseMs } = this.#options
    const isOver = (): boolean => clock.monotonic() >= this.#openUntil
    const next = () => {
      this.#openUntil = clock.monotonic() + pauseMs
      return {
        next,
        get duration(): number {
          return isOver() ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
        },
      }
    }
    return { next }
  }
}
