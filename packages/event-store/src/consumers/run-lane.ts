import type { Position } from '@tidings/core'
import { CopyNotServed } from '../copies/copy-not-served.ts'
import { getRow } from '../ledger/tables.ts'
import { EventVersionUnknown } from '../log/event-version-unknown.ts'
import { idAt } from '../log/id-at.ts'
import { CatchUpReport } from './catch-up-report.ts'
import { checkCheckpoint } from './changes/check-start.ts'
import { makeUp } from './changes/make-up.ts'
import { reconcileProgress } from './changes/progress.ts'
import type { Doorbell } from './doorbell.ts'
import type { Pass } from './handling/pass.ts'
import { type Caution, workOff } from './handling/work-off.ts'
import type { LaneContext } from './lane/lane-context.ts'
import type { LaneStatus } from './lane/lane-status.ts'
import { laneStep } from './lane/lane-step.ts'
import { beat, type Lease, LeaseLost, laneKey, releaseLease } from './lane/lease.ts'
import { standBy } from './stand-by.ts'

const slowPollMs = 5_000
/** How far the durable checkpoint may lag behind events that nobody here wants. */
const mostUnwanted = 1_000

/**
 * Works on a consumer's lane until stopped: stands by while another instance holds it, takes it, makes up for what changed,
 * catches up, and stays with the log's end. Ends early only where newer code is needed.
 */
export async function runLane(context: LaneContext, status: LaneStatus, bell: Doorbell, signal: AbortSignal): Promise<void> {
  const { runtime } = context.host
  for (let failures = 0; !signal.aborted; ) {
    try {
      const lease = await standBy(context, status, signal)
      if (lease === undefined) return
      await holdLane(context, lease, status, bell, signal, () => {
        failures = 0
      })
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof LeaseLost) {
        status.settled()
        runtime.logger.info(
          `${context.config.name} lost its lane: to another instance, a replay or the swap of a copy. What was in hand was not written and comes again.`,
        )
        continue
      }
      status.error = error
      if (error instanceof EventVersionUnknown || error instanceof CopyNotServed) {
        status.phase = error instanceof CopyNotServed ? 'superseded' : 'stopped'
        status.changed()
        runtime.logger.error(`${context.config.name} has stopped: ${error.message}`, { error })
        return
      }
      status.phase = 'dead'
      status.changed()
      const waitMs = Math.round(runtime.random.next() * Math.min(100 * 2 ** failures++, 10_000))
      runtime.logger.error(`${context.config.name} stopped working and starts again in ${waitMs} ms.`, { error })
      await runtime.clock.sleep(waitMs, signal).catch(() => {})
    }
  }
}

async function holdLane(
  context: LaneContext,
  lease: Lease,
  status: LaneStatus,
  bell: Doorbell,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const lost = new AbortController()
  const both = AbortSignal.any([signal, lost.signal])
  const heart = beat(context, lease, both).catch((error: unknown) => lost.abort(error))
  let failed = true
  try {
    await followLog(context, lease, status, bell, both, onProgress)
    failed = false
  } catch (error) {
    // What ended the work is why the lease was lost, when that came first.
    throw lost.signal.aborted && !signal.aborted ? lost.signal.reason : error
  } finally {
    lost.abort(new LeaseLost(context.config.name))
    await heart
    if (signal.aborted || failed) await releaseLease(context, lease).catch(() => {})
  }
}

async function followLog(
  context: LaneContext,
  lease: Lease,
  status: LaneStatus,
  bell: Doorbell,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const { host, config, log, types } = context
  await checkCheckpoint(context, lease.row)
  let checkpoint = lease.row.position
  let readFrom = checkpoint
  status.phase = 'behind'
  // Nothing counts as handled while some handler has something to make up for.
  status.handledUpTo = 0
  status.changed()
  const retried = await host.ledger.read((reader) => getRow(reader, 'attempts', laneKey(config.name)))
  let caution: Caution = { isSuspect: lease.isSuspect, retried: retried?.position }
  const progress = await reconcileProgress(context, lease, checkpoint)
  await makeUp(context, lease, checkpoint, progress, { caution, status, signal })
  status.handledUpTo = checkpoint
  const target = await log.sealed()
  const report = new CatchUpReport(config.name, host.runtime.clock, host.runtime.logger, lease.row, target, await host.ledger.now())
  const pass: Pass = {
    selection: {
      feeds: () => true,
      runs: (handler, position) => position > (progress.get(handler)?.since ?? 0),
      replay: false,
      inOrder: true,
    },
    attemptsKey: laneKey(config.name),
    from: () => checkpoint,
    advance: async (_tx, event) => ({ checkpoint: { position: event.position, eventId: event.id } }),
    began: ({ position }) => status.began(position),
    failed: (retry) => status.failed(retry),
    passed: (settled, outcomes) => {
      checkpoint = settled.at(-1)?.position ?? checkpoint
      status.handledUpTo = checkpoint
      status.settled()
      if (status.phase === 'behind') report.count(settled, outcomes, checkpoint)
      onProgress()
      status.changed()
    },
  }
  for (;;) {
    signal.throwIfAborted()
    const { events, upTo } = await log.read({ after: readFrom, types, limit: config.batchSize, signal })
    const first = events[0]
    if (first !== undefined) {
      status.began(first.position)
      await workOff(context, lease, events, pass, caution, signal)
      caution = { isSuspect: false, retried: undefined }
    }
    readFrom = upTo
    if (status.phase === 'behind' && upTo >= target) {
      status.phase = 'live'
      report.finish()
    }
    status.handledUpTo = upTo
    status.changed()
    if (events.length === config.batchSize) {
      // Embedded databases answer within a turn of the event loop: lets requests and timers have theirs.
      await host.runtime.clock.sleep(0)
      continue
    }
    if (upTo - checkpoint >= mostUnwanted) checkpoint = await passUnwanted(context, lease, checkpoint, upTo)
    await bell.wait(slowPollMs, signal)
  }
}

/** Moves the durable checkpoint past events that nobody here wants, now and then, so that it does not fall behind for ever. */
async function passUnwanted(context: LaneContext, lease: Lease, checkpoint: Position, upTo: Position): Promise<Position> {
  const eventId = await idAt(context.log, upTo)
  if (eventId === undefined) return checkpoint
  await laneStep(context, lease, checkpoint, async () => ({ checkpoint: { position: upTo, eventId } }))
  return upTo
}
