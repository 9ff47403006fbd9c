import { newId, type Position } from '@tidings/core'
import { type CopyDefinition, copyTable } from '../../copies/copy-definition.ts'
import { composeKey } from '../../ledger/compose-key.ts'
import { runTransaction } from '../../ledger/run-transaction.ts'
import { type CopyRow, getRow, putRow } from '../../ledger/tables.ts'
import type { LaneContext } from '../lane/lane-context.ts'
import { laneKey } from '../lane/lease.ts'
import { BuildOvertaken, feedBuild, swapCopy } from './swap-copy.ts'

const page = 1_000
const progressEveryMs = 2_000

/** Whether the copy must be built before this code can serve it. */
export function needsBuild(row: CopyRow | undefined, copy: CopyDefinition): boolean {
  return row === undefined || row.definition !== copy.digest
}

/**
 * Builds a copy from the beginning of the log beside the served one, then swaps in one step: the new table is served, the old
 * one left over, and the lane let go of, so that whoever takes it next feeds the new table. Killed at any point, it leaves the
 * old copy as it was.
 *
 * @param wanted Whether a build is still wanted, seeing the row that is served; asked again in the transaction of the swap.
 */
export async function buildCopy(
  context: LaneContext,
  copy: CopyDefinition,
  wanted: (row: CopyRow | undefined) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await buildOnce(context, copy, wanted, signal)
      return
    } catch (error) {
      if (!(error instanceof BuildOvertaken)) throw error
      if (!wanted(await context.host.ledger.read((reader) => getRow(reader, 'copies', copy.name)))) return
    }
  }
}

async function buildOnce(
  context: LaneContext,
  copy: CopyDefinition,
  wanted: (row: CopyRow | undefined) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { host, config, log } = context
  const types = [...copy.feeds, ...copy.removals].map(({ name }) => name)
  const table = await beginBuild(context, copy)
  const progress = new BuildProgress(context, copy.name)
  let at: Position = 0
  for (;;) {
    signal.throwIfAborted()
    const checkpoint = await host.ledger.read(async (reader) => (await getRow(reader, 'lanes', laneKey(config.name)))?.position ?? 0)
    if (at >= checkpoint) {
      if (await swapCopy(context, copy, table, at, types, wanted)) break
      continue
    }
    const read = await log.read({ after: at, types, limit: page, signal })
    const events = read.events.filter(({ position }) => position <= checkpoint)
    if (events.length > 0) {
      const work = runTransaction(
        host.ledger,
        host.runtime,
        async (tx) => {
          if ((await getRow(tx, 'copy_builds', composeKey(copy.name, table))) === undefined) throw new BuildOvertaken()
          await feedBuild(context, tx, copy, table, events)
        },
        signal,
      )
      await work
    }
    at = Math.min(read.upTo, checkpoint)
    progress.count(events.length, at, checkpoint)
    // Embedded databases answer within a turn of the event loop: lets requests and timers have theirs.
    await host.runtime.clock.sleep(0)
  }
  progress.finish()
}

async function beginBuild(context: LaneContext, copy: CopyDefinition): Promise<string> {
  const { host, holder } = context
  const suffix = newId(host.runtime).replaceAll('-', '').slice(-12)
  return runTransaction(host.ledger, host.runtime, async (tx) => {
    const row = await getRow(tx, 'copies', copy.name)
    const table = copyTable(copy.name, (row?.generation ?? 0) + 1, suffix)
    await putRow(tx, 'copy_builds', composeKey(copy.name, table), { instance: holder.instance })
    return table
  })
}

/** Tells now and then how far a build is. */
class BuildProgress {
  readonly #context: LaneContext
  readonly #copy: string
  readonly #startedAt: number
  #reportedAt: number
  #events = 0

  constructor(context: LaneContext, copy: string) {
    this.#context = context
    this.#copy = copy
    this.#startedAt = context.host.runtime.clock.monotonic()
    this.#reportedAt = this.#startedAt
  }

  count(events: number, at: Position, checkpoint: Position): void {
    this.#events += events
    const { clock, logger } = this.#context.host.runtime
    const now = clock.monotonic()
    if (now - this.#reportedAt < progressEveryMs) return
    this.#reportedAt = now
    const perSecond = Math.round((at / (now - this.#startedAt)) * 1_000)
    logger.info(
      `${this.#context.config.name} is building its copy ${this.#copy}: ${at.toLocaleString('en')} positions done, ${(checkpoint - at).toLocaleString('en')} left, ${perSecond.toLocaleString('en')} per second.`,
    )
  }

  finish(): void {
    if (this.#events > 0)
      this.#context.host.runtime.logger.info(
        `${this.#context.config.name} built its copy ${this.#copy} from ${this.#events.toLocaleString('en')} events.`,
      )
  }
}
