import { type LedgerTransaction, logLimits, type NewEvent, newId, type Runtime } from '@tidings/core'
import { getRows, putRow, putRows, type StagedRow } from '../ledger/tables.ts'

/** Events staged together, with the id of their row. */
export interface Staged {
  readonly id: string
  readonly row: StagedRow
}

/**
 * Stages events in the transaction that caused them. Each row names the rows that last staged one of its keys; the relay
 * appends those first, which keeps the order per key whoever relays (decision 0001).
 */
export async function stageEvents(
  tx: LedgerTransaction<unknown>,
  events: readonly NewEvent[],
  runtime: Runtime,
): Promise<readonly Staged[]> {
  if (events.length === 0) return []
  const keys = [...new Set(events.map((event) => event.key))]
  const known = await getRows(tx, 'outbox_keys', keys)
  const last = new Map<string, string>()
  keys.forEach((key, i) => {
    const row = known[i]
    if (row !== undefined) last.set(key, row.last)
  })
  const staged: Staged[] = []
  for (const part of partsOf(events)) {
    const id = newId(runtime)
    const previous = staged.at(-1)
    const after = new Set<string>(previous === undefined ? [] : [previous.id])
    for (const event of part) {
      const before = last.get(event.key)
      if (before !== undefined && before !== id) after.add(before)
      last.set(event.key, id)
    }
    staged.push({ id, row: { events: part, after: [...after], stagedAt: runtime.clock.now() } })
  }
  for (const { id, row } of staged) await putRow(tx, 'outbox', id, row)
  await putRows(
    tx,
    'outbox_keys',
    [...last].map(([key, id]) => ({ key, value: { last: id } })),
  )
  return staged
}

/** A row is appended at once, so it holds no more than one append takes, and no more than a database document does. */
const mostEvents = 250
const mostBytes = 4 * logLimits.eventBytes

function partsOf(events: readonly NewEvent[]): readonly (readonly NewEvent[])[] {
  const parts: NewEvent[][] = []
  let bytes = 0
  for (const event of events) {
    const part = parts.at(-1)
    bytes += event.data.length
    if (part === undefined || part.length === mostEvents || bytes > mostBytes) {
      parts.push([event])
      bytes = event.data.length
    } else part.push(event)
  }
  return parts
}
