import type { Timer } from '@tidings/core'
import type { HandlerHost } from './handler-host.ts'
import { runInService } from './run-in-service.ts'

/** The timers of one service in this process. */
export class Timers {
  readonly #host: HandlerHost
  readonly #stopping = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(host: HandlerHost) {
    this.#host = host
  }

  /** Runs each timer once, in the order of their declaration, and then each in its own time. */
  async start(): Promise<void> {
    const { timers } = this.#host.service
    for (const timer of timers) await this.#run(timer)
    this.#running = Promise.all(timers.map((timer) => this.#repeat(timer)))
  }

  /** Lets those that run come to their end. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #repeat(timer: Timer): Promise<void> {
    const { clock, logger } = this.#host.runtime
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await clock.sleep(timer.intervalMs, signal, true).catch(() => {})
      if (signal.aborted) return
      try {
        await this.#run(timer)
      } catch (error) {
        logger.warn(`${this.#nameOf(timer)} failed, and runs again in ${timer.intervalMs} ms`, { error })
      }
    }
  }

  #run(timer: Timer): Promise<void> {
    return runInService(this.#host, (ctx) => timer.handler(ctx), timer.timeoutMs, this.#nameOf(timer))
  }

  #nameOf(timer: Timer): string {
    return `${this.#host.service.contract.name} every ${timer.name}`
  }
}
