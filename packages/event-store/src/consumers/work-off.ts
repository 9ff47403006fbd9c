import { HandlerTimedOut, type LedgerTransaction, type Position, type StoredEvent } from '@tidings/core'
import { decodeEvent, knowsVersion } from '../log/decode-event.ts'
import { HandlerFailure, handlersFor, type Selection } from './apply-events.ts'
import { handleInBatch } from './handle-events.ts'
import { addEntry } from './holds.ts'
import type { LaneContext } from './lane-context.ts'
import { laneStep, type StepResult } from './lane-step.ts'
import type { Lease } from './lease.ts'
import { handleUntilSettled, type Outcome } from './retry-event.ts'
import { describeError } from './terminal-error.ts'

/** A way through the log: the lane's own, or that of one handler which has something to make up for. */
export interface Pass {
  readonly selection: Selection
  /** The row that counts the attempts at the event in hand; of its own, for the lane's own event may be waiting for its next one. */
  readonly attemptsKey: string
  /** The lane's checkpoint now. */
  from(): Position
  /** What moves on once everything up to the event is handled. */
  advance(tx: LedgerTransaction<unknown>, event: StoredEvent): Promise<StepResult>
  /** Called before an event is tried alone. */
  began(event: StoredEvent): void
  /** Called after the commit, with the events settled and how many of them ended in which way. */
  passed(events: readonly StoredEvent[], outcomes: Readonly<Partial<Record<Outcome | 'skipped', number>>>): void
}

/** Which events are handled alone for what happened before. */
export interface Caution {
  /** The process before this one may have died of one of the next events: each is counted before it is tried. */
  readonly afterDeath: boolean
  /** The position that was being tried when the work ended; its attempts go on being counted. */
  readonly retried: Position | undefined
}

/**
 * Handles events in order: in batches where that is possible, one by one where a handler may call another service, where
 * a batch has failed, or where a process has died before.
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
      (event) => !caution.afterDeath && event.position !== caution.retried && isKnown(context, event) && !mayCall(context, event, pass),
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
  try {
    await laneStep(context, lease, pass.from(), async (tx) => {
      const handled = await handleInBatch(context, tx, batch, pass.selection)
      settled = batch.slice(0, handled.count)
      held = handled.held
      const last = settled.at(-1)
      return last === undefined ? {} : { ...(await pass.advance(tx, last)), staged: handled.staged }
    })
  } catch (error) {
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
    careful: caution.afterDeath,
    ...(isAtFault ? { failedInBatch: failure } : {}),
  }
  const outcome = await handleUntilSettled(context, lease, one, signal)
  pass.passed([event], { [outcome]: 1 })
}

async function passUnknown(
  context: LaneContext,
  lease: Lease,
  event: StoredEvent,
  pass: Pass,
  advance: (tx: LedgerTransaction<unknown>) => Promise<StepResult>,
): Promise<'parked' | 'skipped'> {
  const { host, config, plan } = context
  const error = await whyUnknown(event, plan.types.get(event.type)?.type)
  if (config.unknown === 'stop') throw error
  await laneStep(context, lease, pass.from(), async (tx) => {
    if (config.unknown === 'park') {
      await addEntry(tx, config.name, {
        state: 'parked',
        event,
        handlers: handlersFor(context, event, pass.selection),
        attempts: 1,
        error: describeError(error),
        at: await host.ledger.now(),
      })
    }
    return advance(tx)
  })
  host.runtime.logger.warn(`${config.name} ${config.unknown === 'park' ? 'parked' : 'skipped'} an event that this code does not know.`, {
    error,
  })
  return config.unknown === 'park' ? 'parked' : 'skipped'
}

async function whyUnknown(event: StoredEvent, type: Parameters<typeof decodeEvent>[1] | undefined): Promise<unknown> {
  if (type === undefined) return new TypeError(`${event.type} is not wanted here`)
  try {
    await decodeEvent(event, type)
    return undefined
  } catch (error) {
    return error
  }
}

function isKnown(context: LaneContext, event: StoredEvent): boolean {
  const plan = context.plan.types.get(event.type)
  return plan === undefined || (event.encoding === 'json' && knowsVersion(event, plan.type))
}

/** Reactions of a service that uses others may call them before they write, so no transaction may be open for them. */
function mayCall(context: LaneContext, event: StoredEvent, pass: Pick<Pass, 'selection'>): boolean {
  if (Object.keys(context.host.service.uses).length === 0) return false
  return (context.plan.types.get(event.type)?.handlers ?? []).some(
    (handler) => handler.kind === 'reaction' && pass.selection.runs(handler.name, event.position),
  )
}

/** Where a reaction may call, copies go first, in a transaction of their own: they are idempotent, and the reaction sees them. */
export function phasesOf(context: LaneContext, event: StoredEvent, pass: Pick<Pass, 'selection'>): readonly Selection[] {
  const plan = context.plan.types.get(event.type)
  if (plan === undefined || !mayCall(context, event, pass)) return [pass.selection]
  const reactions: Selection = {
    ...pass.selection,
    feeds: () => false,
    runs: (name, position) => isReaction(name) && pass.selection.runs(name, position),
  }
  if (!plan.copies.some(({ name }) => pass.selection.feeds(name)) && !plan.handlers.some(({ kind }) => kind === 'copy-write'))
    return [reactions]
  return [{ ...pass.selection, runs: (name, position) => !isReaction(name) && pass.selection.runs(name, position) }, reactions]

  function isReaction(name: string): boolean {
    return plan?.handlers.some((handler) => handler.name === name && handler.kind === 'reaction') === true
  }
}

function leading(events: readonly StoredEvent[], test: (event: StoredEvent) => boolean): readonly StoredEvent[] {
  const end = events.findIndex((event) => !test(event))
  return end === -1 ? events : events.slice(0, end)
}
