import type { Position } from '@tidings/core'
import { getRow } from '../ledger/tables.ts'
import { buildCopy, needsBuild } from './changes/build-copy.ts'
import { checkStart } from './changes/check-start.ts'
import { recordNewHandlers } from './changes/progress.ts'
import { takeOverFormer } from './changes/take-over-former.ts'
import { Doorbell } from './doorbell.ts'
import type { LaneContext } from './lane/lane-context.ts'
import { LaneStatus } from './lane/lane-status.ts'
import { NotReached } from './not-reached.ts'
import { runLane } from './run-lane.ts'

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

  /** Resolves once everything wanted at or under the position is handled, parked or held. */
  async reached(position: Position, options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { clock } = this.context.host.runtime
    const until = clock.monotonic() + (options.timeoutMs ?? 10_000)
    // A look at once, for whoever just appended; from then on the log rings.
    this.#bell.ring()
    const { signal } = this.#stopping
    while (this.status.handledUpTo < position) {
      const left = until - clock.monotonic()
      if (left <= 0 || signal.aborted)
        throw new NotReached({
          consumer: this.context.config.name,
          position,
          handledUpTo: this.status.handledUpTo,
          timeoutMs: options.timeoutMs ?? 10_000,
        })
      await this.status.change(left, signal).catch(() => {})
    }
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
    await runLane(context, status, this.#bell, signal)
  }
}
