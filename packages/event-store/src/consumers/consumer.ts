import type { Position } from '@tidings/core'
import { getRow } from '../ledger/tables.ts'
import { buildCopy, needsBuild } from './changes/build-copy.ts'
import { checkStart } from './changes/check-start.ts'
import { clearLeftovers } from './changes/clear-leftovers.ts'
import { hasMadeUp, recordNewHandlers } from './changes/progress.ts'
import { takeOverFormer } from './changes/take-over-former.ts'
import { Doorbell } from './doorbell.ts'
import { describeHolder } from './lane/describe-holder.ts'
import type { LaneContext } from './lane/lane-context.ts'
import { LaneStatus } from './lane/lane-status.ts'
import { describeRetry } from './lane/retry.ts'
import { NotReached } from './not-reached.ts'
import { runLane } from './run-lane.ts'
import { standbyMs } from './stand-by.ts'

/** One service's durable subscription, in this instance: takes part in working on its lane from start to stop. */
export class Consumer {
  readonly context: LaneContext
  readonly status: LaneStatus
  readonly #bell: Doorbell
  readonly #stopping = new AbortController()
  #ringing: Disposable | undefined
  #running: Promise<void> | undefined

  constructor(context: LaneContext) {
    this.context = context
    this.status = new LaneStatus(context.host.runtime.clock)
    this.#bell = new Doorbell(context.host.runtime.clock)
  }

  /**
   * Checks that every handler knows where to go on or to begin.
   *
   * @throws {StartPositionUnclear} Nothing was changed.
   */
  async check(): Promise<void> {
    await checkStart(this.context)
  }

  /** Builds copies that are new or changed, and begins to work. */
  async start(): Promise<void> {
    const { context, status } = this
    status.target = await context.log.sealed()
    if (context.types.length === 0) {
      status.phase = 'live'
      status.handledUpTo = Number.POSITIVE_INFINITY
      return
    }
    await takeOverFormer(context)
    await recordNewHandlers(context)
    this.#ringing = context.log.onAdvance(() => this.#bell.ring())
    this.#running = this.#work()
  }

  /** Says that there may be news in the log. */
  ring(): void {
    this.#bell.ring()
  }

  /**
   * Resolves once everything wanted at or under the position is handled, parked or held, in whichever instance, and no handler
   * has anything left to make up for.
   *
   * @param options.since When the waiting began, on the monotonic clock. @default now
   * @throws {NotReached}
   */
  async reached(position: Position, options: { readonly timeoutMs?: number; readonly since?: number } = {}): Promise<void> {
    const { clock } = this.context.host.runtime
    const { timeoutMs = 10_000, since = clock.monotonic() } = options
    // A look at once, for whoever just appended; from then on the log rings.
    this.#bell.ring()
    const { signal } = this.#stopping
    for (;;) {
      const { handledUpTo } = this.status
      // The checkpoint does not tell what an instance makes up for behind it, and of one that works elsewhere nobody here hears.
      if (handledUpTo >= position && (await hasMadeUp(this.context))) return
      const left = since + timeoutMs - clock.monotonic()
      if (left <= 0 || signal.aborted)
        throw new NotReached({ consumer: this.context.config.name, position, handledUpTo, timeoutMs, doing: this.#doing(position) })
      await this.status.change(handledUpTo < position ? left : Math.min(left, standbyMs), signal).catch(() => {})
    }
  }

  #doing(position: Position): string | undefined {
    const { handledUpTo, retry, heldBy } = this.status
    if (retry !== undefined) return `There, ${describeRetry(retry)}`
    const where = heldBy === undefined ? '' : `, in ${describeHolder(heldBy, this.context.holder)}`
    if (handledUpTo >= position) return `A handler is still making up for earlier events${where}`
    return heldBy === undefined ? undefined : `It is worked on${where}`
  }

  /** Finishes the batch in hand, lets go of the lane and ends. */
  async stop(): Promise<void> {
    this.#ringing?.[Symbol.dispose]()
    this.#stopping.abort()
    await this.#running
  }

  async #work(): Promise<void> {
    const { context, status } = this
    const { signal } = this.#stopping
    const { runtime } = context.host
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        for (const copy of context.plan.copies) {
          const row = await context.host.ledger.read((reader) => getRow(reader, 'copies', copy.name))
          if (needsBuild(row, copy)) await buildCopy(context, copy, (served) => needsBuild(served, copy), signal)
        }
        break
      } catch (error) {
        if (signal.aborted) return
        status.phase = 'dead'
        status.error = error
        const waitMs = Math.round(runtime.random.next() * Math.min(100 * 2 ** failures, 10_000))
        runtime.logger.error(`${context.config.name} could not build its copies and tries again in ${waitMs} ms.`, { error })
        await runtime.clock.sleep(waitMs, signal).catch(() => {})
      }
    }
    await Promise.all([runLane(context, status, this.#bell, signal), this.#clearLeftovers()])
  }

  async #clearLeftovers(): Promise<void> {
    const { signal } = this.#stopping
    await clearLeftovers(this.context, signal).catch((error: unknown) => {
      if (signal.aborted) return
      const { config, host } = this.context
      host.runtime.logger.warn(`${config.name} could not remove all tables that its copies have left; it goes on at the next start.`, {
        error,
      })
    })
  }
}
