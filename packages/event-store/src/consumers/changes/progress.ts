import type { LedgerTransaction, Position } from '@tidings/core'
import { composeKey, keysUnder } from '../../ledger/compose-key.ts'
import { runTransaction } from '../../ledger/run-transaction.ts'
import { getRows, type ProgressRow, putRow, scanRows } from '../../ledger/tables.ts'
import { definitionOf, type TrackedHandler } from '../lane/handler-plan.ts'
import { type LaneContext, onlyLane } from '../lane/lane-context.ts'
import { laneStep } from '../lane/lane-step.ts'
import type { Lease } from '../lane/lease.ts'
import { HandlerReplaced } from './handler-replaced.ts'

/** What the ledger knows of every tracked handler of the running code, by name. */
export type Progress = ReadonlyMap<string, ProgressRow>

const mostHandlers = 10_000

/** The key of a handler's progress. */
export function progressKey(consumer: string, handler: string): string {
  return composeKey(consumer, onlyLane, handler)
}

/**
 * Brings the ledger in line with the handlers of the running code: opens what is new, closes what is gone, and marks what has
 * something to make up for (`upTo` below the checkpoint).
 *
 * @throws {LeaseLost}
 * @throws {HandlerReplaced} Newer code has retired a handler of this code, or given its name to another event.
 */
export async function reconcileProgress(context: LaneContext, lease: Lease, checkpoint: Position): Promise<Progress> {
  const { config, plan, host } = context
  const progress = new Map<string, ProgressRow>()
  const gone: string[] = []
  await laneStep(context, lease, checkpoint, async (tx) => {
    progress.clear()
    gone.length = 0
    const known = await knownProgress(tx, config.name)
    for (const handler of plan.handlers) {
      const before = known.get(handler.name)
      // Recorded at the start, so newer code has removed or replaced it since: what stands there is none of this handler's.
      if (before?.type !== handler.event.name) throw new HandlerReplaced({ consumer: config.name, handler: handler.name })
      const row = rowFor(handler, before, checkpoint)
      if (row !== before) await putRow(tx, 'progress', progressKey(config.name, handler.name), row)
      progress.set(handler.name, row)
    }
    for (const [name, row] of known) {
      if (progress.has(name)) continue
      if (config.retire.includes(name)) await tx.remove('progress', [progressKey(config.name, name)])
      else {
        gone.push(name)
        if (row.upTo === null) await putRow(tx, 'progress', progressKey(config.name, name), { ...row, upTo: checkpoint })
      }
    }
    return {}
  })
  for (const name of gone)
    host.runtime.logger.warn(
      `${config.name} has no handler "${name}" any more. Should it come back, it goes on from position ${checkpoint}; retire: ['${name}'] forgets it.`,
    )
  return progress
}

/**
 * Remembers handlers that are new, from the first start on: where one begins must not depend on when the lane becomes free.
 */
export async function recordNewHandlers(context: LaneContext): Promise<void> {
  const { config, plan, host, log } = context
  const sealed = await log.sealed()
  await runTransaction(host.ledger, host.runtime, async (tx) => {
    const known = await knownProgress(tx, config.name)
    for (const handler of plan.handlers) {
      if (known.get(handler.name)?.type === handler.event.name) continue
      const since = handler.kind === 'reaction' && handler.from === 'now' ? sealed : 0
      const row: ProgressRow = { type: handler.event.name, since, upTo: since, definition: definitionOf(handler) }
      await putRow(tx, 'progress', progressKey(config.name, handler.name), row)
    }
  })
}

/** Whether no handler or copy of the running code has anything left to make up for, whichever instance does so. */
export async function hasMadeUp({ config, plan, host }: LaneContext): Promise<boolean> {
  return host.ledger.read(async (reader) => {
    const handlers = plan.handlers.map(({ name }) => progressKey(config.name, name))
    const copies = plan.copies.map(({ name }) => name)
    const rows = [...(await getRows(reader, 'progress', handlers)), ...(await getRows(reader, 'copies', copies))]
    return rows.every((row) => row === undefined || row.upTo === null)
  })
}

/** `upTo` is null where the handler has nothing to make up for. */
function rowFor(handler: TrackedHandler, before: ProgressRow, checkpoint: Position): ProgressRow {
  const definition = definitionOf(handler)
  const row = before.definition === definition ? before : { ...before, definition, since: 0, upTo: 0 }
  return row.upTo !== null && row.upTo >= checkpoint ? { ...row, upTo: null } : row
}

async function knownProgress(tx: LedgerTransaction<unknown>, consumer: string): Promise<ReadonlyMap<string, ProgressRow>> {
  const rows = await scanRows(tx, 'progress', { ...keysUnder(consumer, onlyLane), limit: mostHandlers })
  const prefix = keysUnder(consumer, onlyLane).from.length
  return new Map(rows.map(({ key, value }) => [key.slice(prefix), value]))
}
