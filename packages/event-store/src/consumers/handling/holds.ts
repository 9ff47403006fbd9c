import type { LedgerReader, LedgerTransaction, StoredEvent } from '@tidings/core'
import { composeKey, keysUnder } from '../../ledger/compose-key.ts'
import { getRow, getRows, type ParkedRow, putRow, scanRows } from '../../ledger/tables.ts'
import { onlyLane } from '../lane/lane-context.ts'

/** The key of a hold: a key means something only within its service. */
export function holdKey(consumer: string, event: { readonly service: string; readonly key: string }): string {
  return composeKey(consumer, onlyLane, event.service, event.key)
}

/** The key of a parked or held event. */
export function parkedKey(consumer: string, event: StoredEvent): string {
  return composeKey(consumer, onlyLane, event.service, event.key, event.position)
}

/** The hold keys, among those of the events, that have parked or held events. */
export async function heldKeys(reader: LedgerReader, consumer: string, events: readonly StoredEvent[]): Promise<ReadonlySet<string>> {
  const any = await scanRows(reader, 'holds', { ...keysUnder(consumer, onlyLane), limit: 1 })
  if (any.length === 0) return new Set()
  const keys = [...new Set(events.map((event) => holdKey(consumer, event)))]
  const rows = await getRows(reader, 'holds', keys)
  return new Set(keys.filter((_, i) => rows[i] !== undefined))
}

/**
 * Parks or holds an event: one more entry of its key. The hold's row is written each time, also when it exists: a redrive
 * that removes the last entry at the same moment must conflict with it, or the event would be stranded. An event that has an
 * entry already, and comes again for other handlers, keeps those that it has missed so far.
 */
export async function addEntry(tx: LedgerTransaction<unknown>, consumer: string, row: ParkedRow): Promise<void> {
  const key = holdKey(consumer, row.event)
  const hold = await getRow(tx, 'holds', key)
  const entry = parkedKey(consumer, row.event)
  const before = await getRow(tx, 'parked', entry)
  await putRow(tx, 'parked', entry, before === undefined ? row : { ...before, handlers: union(before.handlers, row.handlers) })
  await putRow(tx, 'holds', key, { entries: (hold?.entries ?? 0) + (before === undefined ? 1 : 0) })
}

/** Null stands for all handlers. */
function union(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  return a === null || b === null ? null : [...new Set([...a, ...b])]
}

/** Removes an entry; with the last one the key's hold. */
export async function removeEntry(tx: LedgerTransaction<unknown>, consumer: string, event: StoredEvent): Promise<void> {
  const key = holdKey(consumer, event)
  const hold = await getRow(tx, 'holds', key)
  await tx.remove('parked', [parkedKey(consumer, event)])
  if (hold !== undefined && hold.entries > 1) await putRow(tx, 'holds', key, { entries: hold.entries - 1 })
  else await tx.remove('holds', [key])
}
