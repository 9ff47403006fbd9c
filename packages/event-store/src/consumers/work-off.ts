import type { LedgerTransaction, Position, StoredEvent } from '@tidings/core'
import { decodeEvent, knowsVersion } from '../log/decode-event.ts'
import { HandlerFailure, type Selection } from './apply-events.ts'
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
  /** The handlers that run, for events that are held or parked; null for all. */
  readonly only: readonly string[] | null
  /** The lane's checkpoint now. */
  from(): Position
  /** What moves on once everything up to the event is handled. */
  advance(tx: LedgerTransaction<unknown>, event: StoredEvent): Promise<StepResult>
  /** Called after the commit, with the events settled and how many of them ended in which way. */
  passed(events: readonly StoredEvent[], outcomes: Readonly<Partial<Record<Outcome | 'skipped', number>>>): void
}

/**
 * Handles events in order: in batches where that is possible, one by one where a handler may call another service, where
 * a batch has failed, or where a process has died before.
 *
 * @throws {LeaseLost}
 * @throws {EventVersionUnknown} The consumer is to stop at a version it does not know.
 */
export async function workOff(context: LaneContext, lease: Lease, events: readonly StoredEvent[], pass: Pass, careful: boolean, signal: AbortSignal): Promise<void> {
  let rest = events
  while (rest.length > 0) {
    signal.throwIfAborted()
    const batch = careful ? [] : leading(rest, (event) => isKnown(context, event) && !mayCall(context, event, pass))
    const alone = batch.length === 0 ? 1 : await runBatch(context, lease, batch, pass)
    if (alone === 0) {
      rest = rest.slice(batch.length)
      continue
    }
    for (const event of rest.slice(0, alone)) await runAlone(context, lease, event, pass, careful, signal)
    rest = rest.slice(alone)
  }
}

/** @returns 0 when the batch was handled, else how many of its events are to run alone: those up to the one at fault. */
async function runBatch(context: LaneContext, lease: Lease, batch: readonly StoredEvent[], pass: Pass): Promise<number> {
  const last = batch[batch.length - 1]
  if (last === undefined) return 0
  try {
    let held = 0
    await laneStep(context, lease, pass.from(), async (tx) => {
      const handled = await handleInBatch(context, tx, batch, pass.selection, pass.only)
      held = handled.held
      return { ...(await pass.advance(tx, last)), staged: handled.staged }
    })
    pass.passed(batch, { handled: batch.length - held, held })
    return 0
  } catch (error) {
    if (!(error instanceof HandlerFailure)) throw error
    return batch.findIndex((event) => event.position === error.event.position) + 1
  }
}

async function runAlone(context: LaneContext, lease: Lease, event: StoredEvent, pass: Pass, careful: boolean, signal: AbortSignal): Promise<void> {
  const advance = (tx: LedgerTransaction<unknown>): Promise<StepResult> => pass.advance(tx, event)
  if (!isKnown(context, event)) {
    pass.passed([event], { [await passUnknown(context, lease, event, pass, advance)]: 1 })
    return
  }
  const outcome = await handleUntilSettled(context, lease, { event, from: pass.from(), phases: phasesOf(context, event, pass), only: pass.only, advance, careful }, signal)
  pass.passed([event], { [outcome]: 1 })
}

async function passUnknown(context: LaneContext, lease: Lease, event: StoredEvent, pass: Pass, advance: (tx: LedgerTransaction<unknown>) => Promise<StepResult>): Promise<'parked' | 'skipped'> {
  const { host, config, plan } = context
  const error = await whyUnknown(event, plan.types.get(event.type)?.type)
  if (config.unknown === 'stop') throw error
  await laneStep(context, lease, pass.from(), async (tx) => {
    if (config.unknown === 'park') {
      await addEntry(tx, config.name, { state: 'parked', event, handlers: pass.only, attempts: 1, error: describeError(error), at: await host.ledger.now() })
    }
    return advance(tx)
  })
  host.runtime.logger.warn(`${config.name} ${config.unknown === 'park' ? 'parked' : 'skipped'} an event that this code does not know.`, { error })
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
function mayCall(context: LaneContext, event: StoredEvent, pass: Pass): boolean {
  if (Object.keys(context.host.service.uses).length === 0) return false
  return (context.plan.types.get(event.type)?.handlers ?? []).some((handler) => handler.kind === 'reaction' && pass.selection.runs(handler.name, event.position))
}

/** Where a reaction may call, copies go first, in a transaction of their own: they are idempotent, and the reaction sees them. */
function phasesOf(context: LaneContext, event: StoredEvent, pass: Pass): readonly Selection[] {
  const plan = context.plan.types.get(event.type)
  if (plan === undefined || !mayCall(context, event, pass)) return [pass.selection]
  const reactions: Selection = { ...pass.selection, feeds: () => false, runs: (name, position) => isReaction(name) && pass.selection.runs(name, position) }
  if (!plan.copies.some(({ name }) => pass.selection.feeds(name)) && !plan.handlers.some(({ kind }) => kind === 'copy-write')) return [reactions]
  return [{ ...pass.selection, runs: (name, position) => !isReaction(name) && pass.selection.runs(name, position) }, reactions]

  function isReaction(name: string): boolean {
    return plan?.handlers.some((handler) => handler.name === name && handler.kind === 'reaction') === true
  }
}

function leading(events: readonly StoredEvent[], test: (event: StoredEvent) => boolean): readonly StoredEvent[] {
  const end = events.findIndex((event) => !test(event))
  return end === -1 ? events : events.slice(0, end)
}
