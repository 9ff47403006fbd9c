import { HandlerTimedOut, type LedgerTransaction, type NewEvent, type StoredEvent } from '@tidings/core'
import { settleWithin } from '../../handlers/settle-within.ts'
import type { LaneContext } from '../lane/lane-context.ts'
import { EventApplication, HandlerFailure, handlersFor, type Selection, type SpanOf } from './apply-events.ts'
import { addEntry, heldKeys, holdKey } from './holds.ts'

/** What the handling of events came to. */
export interface Handled {
  /** How many of the events were handled or held. */
  readonly count: number
  readonly staged: readonly NewEvent[]
  readonly held: number
}

/** After this long a batch ends with what it has, so that its transaction does not hold others up. */
const batchMs = 100

/**
 * Handles events in order inside one transaction, as many of them as fit its time; those whose key is held are held behind it.
 *
 * @throws {HandlerFailure} With the event at fault.
 */
export async function handleInBatch(
  context: LaneContext,
  tx: LedgerTransaction<unknown>,
  events: readonly StoredEvent[],
  selection: Selection,
  spanOf?: SpanOf,
): Promise<Handled> {
  const { config } = context
  const held = await heldKeys(tx, config.name, events)
  const isHeld = (event: StoredEvent): boolean => held.size > 0 && held.has(holdKey(config.name, event))
  const running = held.size === 0 ? events : events.filter((event) => !isHeld(event))
  const application = await EventApplication.open(context, tx, running, selection, true, spanOf)
  const { clock } = context.host.runtime
  const startedAt = clock.monotonic()
  let count = 0
  let heldNow = 0
  const work = async (): Promise<void> => {
    for (const event of events) {
      if (isHeld(event)) {
        await hold(context, tx, event, selection)
        heldNow++
      } else await application.run(event)
      count++
      if (clock.monotonic() - startedAt >= batchMs) break
    }
    await application.finish()
  }
  try {
    // A batch has the time of one handler: one that takes longer is run event by event, each with that time of its own.
    await settleWithin(clock, config.handlerTimeoutMs, work(), () => timedOut(context, events[count]), context.host.cut)
  } catch (error) {
    application.cancel(error)
    throw error
  }
  return { count, staged: application.staged, held: heldNow }
}

/**
 * Handles one event in a transaction that its handler opens, so that it may look and ask before it writes.
 *
 * @throws {HandlerFailure}
 */
export async function handleAlone(
  context: LaneContext,
  tx: LedgerTransaction<unknown>,
  event: StoredEvent,
  selection: Selection,
  spanOf?: SpanOf,
): Promise<Handled> {
  const application = await EventApplication.open(context, tx, [event], selection, false, spanOf)
  const work = async (): Promise<void> => {
    await application.run(event)
    await application.finish()
  }
  try {
    const { runtime, cut } = context.host
    await settleWithin(runtime.clock, context.config.handlerTimeoutMs, work(), () => timedOut(context, event), cut)
  } catch (error) {
    application.cancel(error)
    throw error
  }
  return { count: 1, staged: application.staged, held: 0 }
}

/** Holds an event behind the parked one of its key. */
export async function hold(context: LaneContext, tx: LedgerTransaction<unknown>, event: StoredEvent, selection: Selection): Promise<void> {
  await addEntry(tx, context.config.name, {
    state: 'held',
    event,
    handlers: handlersFor(context, event, selection),
    attempts: 0,
    error: null,
    at: await context.host.ledger.now(),
  })
}

function timedOut(context: LaneContext, event: StoredEvent | undefined): Error {
  const error = new HandlerTimedOut({
    handler: `${context.config.name} on ${event?.type ?? 'an event'}`,
    timeoutMs: context.config.handlerTimeoutMs,
  })
  return event === undefined ? error : new HandlerFailure(event, error)
}
