import { HandlerTimedOut, type LedgerTransaction, type Position, type StoredEvent } from '@tidings/core'
import type { LaneContext } from '../lane/lane-context.ts'
import { laneStep, type StepResult } from '../lane/lane-step.ts'
import type { Lease } from '../lane/lease.ts'
import type { Retry } from '../lane/retry.ts'
import { HandlerFailure } from './apply-events.ts'
import { BatchTrace } from './batch-trace.ts'
import { handleInBatch } from './handle-events.ts'
import type { Pass } from './pass.ts'
import { isKnown, passUnknown } from './pass-unknown.ts'
import { mayCall, phasesOf } from './phases.ts'
import { handleUntilSettled } from './retry-event.ts'

/** Which events are handled alone for what happened before. */
export interface Caution {
  /** Processes before this one may have died of one of the next events: each is counted before it is tried. */
  readonly isSuspect: boolean
  /** The position that was being tried when the work ended: counted before it is tried, so that it cannot kill for ever. */
  readonly retried: Position | undefined
}

/**
 * Handles events in order: in batches where that is possible, one by one where a handler may call another service, where
 * a batch has failed, or where two processes have died at the same place.
 *
 * @throws {LeaseLost}
 * @throws {EventVersionUnknown} The consumer is to stop at a version it does not know.
 */
export async function workOff(
  context: LaneContext,
  lease: Lease,
  events: readonly StoredEvent[],
  pass: Pass,
  caution: Caution,
  signal: AbortSignal,
): Promise<void> {
  let rest = events
  while (rest.length > 0) {
    signal.throwIfAborted()
    const batch = leading(
      rest,
      (event) => !caution.isSuspect && event.position !== caution.retried && isKnown(context, event) && !mayCall(context, event, pass),
    )
    const outcome = batch.length === 0 ? undefined : await runBatch(context, lease, batch, pass)
    if (typeof outcome === 'number') {
      rest = rest.slice(outcome)
      if (rest.length > 0) await context.host.runtime.clock.sleep(0)
      continue
    }
    const alone = outcome === undefined ? 1 : batch.findIndex(({ position }) => position === outcome.event.position) + 1
    for (const event of rest.slice(0, alone)) {
      await runAlone(context, lease, event, pass, caution, outcome, signal)
      // Embedded databases answer within a turn of the event loop: lets requests and timers have theirs.
      await context.host.runtime.clock.sleep(0)
    }
    rest = rest.slice(alone)
  }
}

/** @returns How many events were settled, or why the batch failed, with the event at fault: those up to it are to run alone. */
async function runBatch(context: LaneContext, lease: Lease, batch: readonly StoredEvent[], pass: Pass): Promise<number | HandlerFailure> {
  let settled: readonly StoredEvent[] = []
  let held = 0
  const trace = BatchTrace.of(context.config.name, batch)
  const step = async (tx: LedgerTransaction<unknown>): Promise<StepResult> => {
    trace?.begin()
    const handled = await handleInBatch(context, tx, batch, pass.selection, trace?.spanOf)
    settled = batch.slice(0, handled.count)
    held = handled.held
    const last = settled.at(-1)
    return last === undefined ? {} : { ...(await pass.advance(tx, last)), staged: handled.staged }
  }
  try {
    await laneStep(context, lease, pass.from(), step, trace?.span)
    trace?.committed(settled.length)
  } catch (error) {
    trace?.rolledBack(error)
    if (error instanceof HandlerFailure) return error
    throw error
  }
  pass.passed(settled, { handled: settled.length - held, held })
  return settled.length
}

async function runAlone(
  context: LaneContext,
  lease: Lease,
  event: StoredEvent,
  pass: Pass,
  caution: Caution,
  failure: HandlerFailure | undefined,
  signal: AbortSignal,
): Promise<void> {
  pass.began(event)
  const advance = (tx: LedgerTransaction<unknown>): Promise<StepResult> => pass.advance(tx, event)
  if (!isKnown(context, event)) {
    pass.passed([event], { [await passUnknown(context, lease, event, pass, advance)]: 1 })
    return
  }
  // A batch that took too long may be nobody's fault.
  const isAtFault = failure !== undefined && failure.event.position === event.position && !(failure.cause instanceof HandlerTimedOut)
  const one = {
    event,
    from: pass.from(),
    phases: phasesOf(context, event, pass),
    selection: pass.selection,
    attemptsKey: pass.attemptsKey,
    advance,
    onFailed: (retry: Retry) => pass.failed(retry),
    careful: caution.isSuspect || event.position === caution.retried,
    ...(isAtFault ? { failedInBatch: failure } : {}),
  }
  const outcome = await handleUntilSettled(context, lease, one, signal)
  pass.passed([event], { [outcome]: 1 })
}

function leading(events: readonly StoredEvent[], test: (event: StoredEvent) => boolean): readonly StoredEvent[] {
  const end = events.findIndex((event) => !test(event))
  return end === -1 ? events : events.slice(0, end)
}
