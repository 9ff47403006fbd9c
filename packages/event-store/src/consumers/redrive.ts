import type { LedgerTransaction } from '@tidings/core'
import { composeKey, keysUnder } from '../ledger/compose-key.ts'
import { runTransaction } from '../ledger/run-transaction.ts'
import { type ParkedRow, putRow, scanRows } from '../ledger/tables.ts'
import { type Staged, stageEvents } from '../outbox/stage-events.ts'
import { HandlerFailure, type Selection } from './apply-events.ts'
import { handleAlone } from './handle-events.ts'
import { parkedKey, removeEntry } from './holds.ts'
import { type LaneContext, onlyLane } from './lane-context.ts'
import { matches, type ParkedFilter, parkedKeys } from './parked-events.ts'
import { describeError } from './terminal-error.ts'

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
type Step = 'handled' | 'discarded' | 'failed' | 'empty'

/**
 * Runs the parked and held events of every key that has a parked event which the filter means: in order, from the key's
 * first, never past one that fails again.
 */
export async function redrive(context: LaneContext, filter: ParkedFilter, signal: AbortSignal): Promise<RedriveResult> {
  return workOffKeys(context, filter, undefined, signal)
}

/**
 * Gives up the parked events that the filter means, keeps them with the reason, and runs what was held behind them.
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
  for (const { service, key } of await parkedKeys(context, filter)) {
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
      counts[step]++
      if (step === 'failed') break
    }
  }
  return counts
}

/** Works off the first entry of a key in a transaction of its own. */
async function firstEntry(
  context: LaneContext,
  service: string,
  key: string,
  isDiscarded: (row: ParkedRow) => boolean,
  reason: string,
): Promise<Step> {
  const { host, config } = context
  const range = { ...keysUnder(config.name, onlyLane, service, key), limit: 1 }
  let staged: readonly Staged[] = []
  let step: Step = 'empty'
  try {
    await runTransaction(host.ledger, host.runtime, async (tx) => {
      staged = []
      const row = (await scanRows(tx, 'parked', range))[0]?.value
      step = row === undefined ? 'empty' : isDiscarded(row) ? 'discarded' : 'handled'
      if (row === undefined) return
      if (step === 'discarded')
        await putRow(tx, 'discarded', composeKey(config.name, onlyLane, row.event.position), {
          event: row.event,
          reason,
          at: await host.ledger.now(),
        })
      else staged = await stageEvents(tx, (await handleAlone(context, tx, row.event, selectionOf(row))).staged, host.runtime)
      await removeEntry(tx, config.name, row.event)
    })
  } catch (error) {
    if (!(error instanceof HandlerFailure)) throw error
    await runTransaction(host.ledger, host.runtime, (tx) => keepFailure(context, tx, range, error))
    host.runtime.logger.warn(`${config.name} failed again at ${error.event.type} (position ${error.event.position}, key ${key}).`, {
      error: error.cause,
    })
    return 'failed'
  }
  host.relay.handOver(staged)
  return step
}

async function keepFailure(
  context: LaneContext,
  tx: LedgerTransaction<unknown>,
  range: { readonly from: string; readonly before: string; readonly limit: number },
  failure: HandlerFailure,
): Promise<void> {
  const row = (await scanRows(tx, 'parked', range))[0]?.value
  if (row?.event.position !== failure.event.position) return
  await putRow(tx, 'parked', parkedKey(context.config.name, row.event), {
    ...row,
    state: 'parked',
    attempts: row.attempts + 1,
    error: describeError(failure.cause),
  })
}

/** The handlers that the event missed. */
function selectionOf(row: ParkedRow): Selection {
  const { handlers } = row
  if (handlers === null) return { feeds: () => true, runs: () => true, replay: false, inOrder: false }
  return { feeds: (copy) => handlers.includes(`copy ${copy}`), runs: (name) => handlers.includes(name), replay: false, inOrder: false }
}
