import type { LedgerTransaction, Position, StoredEvent, WorkSpan } from '@tidings/core'
import { getRow, putRow } from '../../ledger/tables.ts'
import type { LaneContext } from '../lane/lane-context.ts'
import { laneStep, type StepResult } from '../lane/lane-step.ts'
import type { Lease } from '../lane/lease.ts'
import type { Retry } from '../lane/retry.ts'
import { HandlerFailure, handlersFor, type Selection } from './apply-events.ts'
import { FailureReport } from './failure-report.ts'
import { handleAlone, hold } from './handle-events.ts'
import { addEntry, heldKeys } from './holds.ts'
import { runTraced } from './run-traced.ts'
import { type DescribedError, describeError, isTerminal } from './terminal-error.ts'

const processDied: DescribedError = { code: 'PROCESS_DIED', message: 'The process died each time it handled this event.' }

/** What became of an event handled alone. */
export type Outcome = 'handled' | 'held' | 'parked'

/** One event to be handled alone. */
export interface LoneEvent {
  readonly event: StoredEvent
  /** The checkpoint before it. */
  readonly from: Position
  /** What runs, each in a transaction of its own; the last one takes the checkpoint with it. */
  readonly phases: readonly Selection[]
  /** All that runs, in whichever phase: what is kept of it when it is held or parked. */
  readonly selection: Selection
  /** The row that counts its attempts. */
  readonly attemptsKey: string
  /** What moves on with the event, whatever becomes of it. */
  readonly advance: (tx: LedgerTransaction<unknown>) => Promise<StepResult>
  /** Why it failed in a batch just now, which was its first attempt. */
  readonly failedInBatch?: HandlerFailure
  /** Called when it has failed and before it is tried again. */
  readonly onFailed: (retry: Retry) => void
  /** Counts the attempt before the handler runs: the process before this one may have died of this event. */
  readonly careful: boolean
}

/**
 * Handles one event in a transaction of its own, again with growing waits when it fails, and parks it after the last
 * attempt. Attempts are counted in the ledger, so that a restart does not forget them.
 *
 * @throws {LeaseLost}
 */
export async function handleUntilSettled(context: LaneContext, lease: Lease, one: LoneEvent, signal: AbortSignal): Promise<Outcome> {
  const { host, config } = context
  if ((await host.ledger.read((reader) => heldKeys(reader, config.name, [one.event]))).size > 0) {
    const outcome = await holdUnlessFree(context, lease, one)
    if (outcome !== undefined) return outcome
  }
  const row = await host.ledger.read((reader) => getRow(reader, 'attempts', one.attemptsKey))
  const known = row?.position === one.event.position ? row : undefined
  const report = new FailureReport(context, one.event, one.onFailed)
  let attempts = known?.attempts ?? 0
  let error = known?.error ?? null
  let isOver = attempts >= config.attempts
  let waitMs = backoff(context, attempts)
  if (known !== undefined && !isOver) report.goesOn(attempts, error ?? processDied, waitMs)
  const failed = async (cause: unknown): Promise<void> => {
    error = describeError(cause)
    isOver = isTerminal(cause) || attempts >= config.attempts
    waitMs = backoff(context, attempts)
    report.failed(attempts, error, cause, isOver ? undefined : waitMs)
    if (!isOver) await countAttempt(context, lease, one, attempts, error)
  }
  if (one.failedInBatch !== undefined && known === undefined) {
    attempts = 1
    await failed(one.failedInBatch.cause)
  }
  while (!isOver) {
    signal.throwIfAborted()
    if (attempts > 0) await host.runtime.clock.sleep(waitMs, signal)
    attempts++
    if (one.careful) await countAttempt(context, lease, one, attempts, error)
    try {
      await runTraced(context, one.event, attempts, (span) => runPhases(context, lease, one, span))
      return 'handled'
    } catch (failure) {
      if (!(failure instanceof HandlerFailure)) throw failure
      await failed(failure.cause)
    }
  }
  await park(context, lease, one, attempts, error)
  return 'parked'
}

async function runPhases(context: LaneContext, lease: Lease, one: LoneEvent, span: WorkSpan | undefined): Promise<void> {
  const spanOf = span === undefined ? undefined : () => span
  for (const [i, selection] of one.phases.entries()) {
    const step = async (tx: LedgerTransaction<unknown>): Promise<StepResult> => {
      const { staged } = await handleAlone(context, tx, one.event, selection, spanOf)
      if (i < one.phases.length - 1) return { staged }
      await tx.remove('attempts', [one.attemptsKey])
      return { ...(await one.advance(tx)), staged }
    }
    await laneStep(context, lease, one.from, step, span)
  }
}

/** Holds the event, unless the key was freed since. */
async function holdUnlessFree(context: LaneContext, lease: Lease, one: LoneEvent): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined
  await laneStep(context, lease, one.from, async (tx) => {
    outcome = undefined
    if ((await heldKeys(tx, context.config.name, [one.event])).size === 0) return {}
    await hold(context, tx, one.event, one.selection)
    outcome = 'held'
    return one.advance(tx)
  })
  return outcome
}

async function countAttempt(
  context: LaneContext,
  lease: Lease,
  one: LoneEvent,
  attempts: number,
  error: DescribedError | null,
): Promise<void> {
  await laneStep(context, lease, one.from, async (tx) => {
    const before = await getRow(tx, 'attempts', one.attemptsKey)
    await putRow(tx, 'attempts', one.attemptsKey, {
      position: one.event.position,
      attempts,
      error,
      firstAt: before?.position === one.event.position ? before.firstAt : await context.host.ledger.now(),
    })
    return {}
  })
}

async function park(context: LaneContext, lease: Lease, one: LoneEvent, attempts: number, error: DescribedError | null): Promise<void> {
  const { host, config } = context
  const described = error ?? processDied
  await laneStep(context, lease, one.from, async (tx) => {
    await addEntry(tx, config.name, {
      state: 'parked',
      event: one.event,
      handlers: handlersFor(context, one.event, one.selection),
      attempts,
      error: described,
      at: await host.ledger.now(),
    })
    await tx.remove('attempts', [one.attemptsKey])
    return one.advance(tx)
  })
  host.runtime.logger.error(
    `${config.name} parked ${one.event.type} (position ${one.event.position}, key ${one.event.key}) after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${described.code}. Later events of this key are held behind it; redrive or discard it.`,
    { error: described },
  )
}

function backoff(context: LaneContext, attempts: number): number {
  const { retryBaseMs, retryMaxMs } = context.config
  return attempts === 0 ? 0 : context.host.runtime.random.next() * Math.min(retryBaseMs * 2 ** (attempts - 1), retryMaxMs)
}
