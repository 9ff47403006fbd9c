import { isDeepStrictEqual } from 'node:util'
import type { LedgerTransaction, NewEvent, WorkSpan } from '@tidings/core'
import { composeKey, keysUnder } from '../../ledger/compose-key.ts'
import { runTransaction } from '../../ledger/run-transaction.ts'
import { type ParkedRow, putRow, scanRows } from '../../ledger/tables.ts'
import { type Staged, stageEvents } from '../../outbox/stage-events.ts'
import { HandlerFailure, type Selection } from '../handling/apply-events.ts'
import { handleAlone } from '../handling/handle-events.ts'
import { parkedKey, removeEntry } from '../handling/holds.ts'
import { phasesOf } from '../handling/phases.ts'
import { runTraced } from '../handling/run-traced.ts'
import { describeError } from '../handling/terminal-error.ts'
import { type LaneContext, onlyLane } from '../lane/lane-context.ts'
import { EventNotParked } from './event-not-parked.ts'
import { matches, type ParkedFilter, parkedKeys } from './parked-events.ts'

/** What a redrive or discard came to. */
export interface RedriveResult {
  /** Events handled now, held ones included. */
  readonly handled: number
  /** Events given up. */
  readonly discarded: number
  /** Keys that still have a parked event: it failed again. */
  readonly failed: number
}

/** What is to happen to the first entry of a key. */
type Step = 'handled' | 'discarded' | 'failed' | 'empty' | 'moved'

/**
 * Runs the parked and held events of every key that has one which the filter means: in order, from the key's first, never past
 * one that fails again.
 *
 * @throws {EventNotParked} The filter names an event that is neither parked nor held.
 */
export async function redrive(context: LaneContext, filter: ParkedFilter, signal: AbortSignal): Promise<RedriveResult> {
  return workOffKeys(context, filter, undefined, signal)
}

/**
 * Gives up the parked events that the filter means, keeps them with the reason, and runs what was held behind them.
 *
 * @throws {EventNotParked} The filter names an event that is not parked.
 */
export async function discard(context: LaneContext, filter: ParkedFilter, reason: string, signal: AbortSignal): Promise<RedriveResult> {
  if (reason.trim() === '') throw new TypeError('Discarding needs a reason that the next reader of the ledger understands.')
  return workOffKeys(context, filter, reason, signal)
}

async function workOffKeys(
  context: LaneContext,
  filter: ParkedFilter,
  reason: string | undefined,
  signal: AbortSignal,
): Promise<RedriveResult> {
  const counts = { handled: 0, discarded: 0, failed: 0 }
  // What is held is not given up, and the parked one before it is not run again for that.
  const keys = await parkedKeys(context, filter, reason === undefined ? ['parked', 'held'] : ['parked'])
  // A filter may well mean none; an id was read somewhere, and whoever gives it expects that event to be there.
  if (keys.length === 0 && filter.eventId !== undefined) {
    const isHeld = (await parkedKeys(context, filter, ['held'])).length > 0
    throw new EventNotParked({ consumer: context.config.name, eventId: filter.eventId, isHeld })
  }
  for (const { service, key } of keys) {
    for (;;) {
      signal.throwIfAborted()
      const step = await firstEntry(
        context,
        service,
        key,
        (row) => reason !== undefined && row.state === 'parked' && matches(row, filter),
        reason ?? '',
      )
      if (step === 'empty') break
      if (step === 'moved') continue
      counts[step]++
      if (step === 'failed') break
    }
  }
  return counts
}

/** Works off the first entry of a key; the last of its transactions removes it. */
async function firstEntry(
  context: LaneContext,
  service: string,
  key: string,
  isDiscarded: (row: ParkedRow) => boolean,
  reason: string,
): Promise<Step> {
  const { host, config } = context
  const range = { ...keysUnder(config.name, onlyLane, service, key), limit: 1 }
  const row = (await host.ledger.read((reader) => scanRows(reader, 'parked', range)))[0]?.value
  if (row === undefined) return 'empty'
  try {
    if (isDiscarded(row)) {
      const discarded = { event: row.event, reason, at: await host.ledger.now() }
      const removed = await settleEntry(context, range, row, true, async (tx) => {
        await putRow(tx, 'discarded', composeKey(config.name, onlyLane, row.event.position), discarded)
        return []
      })
      return removed ? 'discarded' : 'moved'
    }
    const phases = phasesOf(context, row.event, { selection: selectionOf(row) })
    return await runTraced(context, row.event, row.attempts + 1, async (span) => {
      const spanOf = span === undefined ? undefined : () => span
      for (const [i, phase] of phases.entries()) {
        const isLast = i === phases.length - 1
        const work = async (tx: LedgerTransaction<unknown>): Promise<readonly NewEvent[]> =>
          (await handleAlone(context, tx, row.event, phase, spanOf)).staged
        if (!(await settleEntry(context, range, row, isLast, work, span))) return 'moved'
      }
      return 'handled'
    })
  } catch (error) {
    if (!(error instanceof HandlerFailure)) throw error
    if (!(await runTransaction(host.ledger, host.runtime, (tx) => keepFailure(context, tx, range, error)))) return 'moved'
    host.runtime.logger.warn(`${config.name} failed again at ${error.event.type} (position ${error.event.position}, key ${key}).`, {
      error: error.cause,
    })
    return 'failed'
  }
}

/** The entry is not the first of its key any more: another redrive was faster. */
class EntryGone extends Error {}

/**
 * One transaction of a redrive: the work, then a look whether the entry is still the first of its key. The work comes first,
 * for a handler may look and ask before it writes only while no transaction is open.
 *
 * @returns False, with nothing changed, when the entry is not the first any more.
 */
async function settleEntry(
  context: LaneContext,
  range: { readonly from: string; readonly before: string; readonly limit: number },
  row: ParkedRow,
  removes: boolean,
  work: (tx: LedgerTransaction<unknown>) => Promise<readonly NewEvent[]>,
  span?: WorkSpan,
): Promise<boolean> {
  const { host, config } = context
  let staged: readonly Staged[] = []
  const settle = async (tx: LedgerTransaction<unknown>): Promise<void> => {
    const events = await work(tx)
    const first = (await scanRows(tx, 'parked', range))[0]?.value
    if (first?.event.position !== row.event.position || !isDeepStrictEqual(first.handlers, row.handlers)) throw new EntryGone()
    staged = await stageEvents(tx, events, host.runtime)
    if (removes) await removeEntry(tx, config.name, row.event)
    // Written, not only read: of two redrives at once one must not run what the other has settled.
    else await putRow(tx, 'parked', parkedKey(config.name, row.event), first)
  }
  try {
    await runTransaction(host.ledger, host.runtime, settle, undefined, span)
  } catch (error) {
    if (error instanceof EntryGone) return false
    throw error
  }
  host.relay.handOver(staged)
  return true
}

/** @returns False, with nothing changed, when the entry is not the first any more. */
async function keepFailure(
  context: LaneContext,
  tx: LedgerTransaction<unknown>,
  range: { readonly from: string; readonly before: string; readonly limit: number },
  failure: HandlerFailure,
): Promise<boolean> {
  const row = (await scanRows(tx, 'parked', range))[0]?.value
  if (row?.event.position !== failure.event.position) return false
  await putRow(tx, 'parked', parkedKey(context.config.name, row.event), {
    ...row,
    state: 'parked',
    attempts: row.attempts + 1,
    error: describeError(failure.cause),
  })
  return true
}

/** The handlers that the event missed. */
function selectionOf(row: ParkedRow): Selection {
  const { handlers } = row
  if (handlers === null) return { feeds: () => true, runs: () => true, replay: false, inOrder: false }
  return { feeds: (copy) => handlers.includes(`copy ${copy}`), runs: (name) => handlers.includes(name), replay: false, inOrder: false }
}
