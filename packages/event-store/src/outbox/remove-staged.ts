import type { Ledger, LedgerTransaction, Runtime } from '@tidings/core'
import { runTransaction } from '../ledger/run-transaction.ts'
import { getRows, putRow } from '../ledger/tables.ts'
import type { Staged } from './stage-events.ts'

/** A staged event that the log refused for good, with the reason. */
export interface Refused {
  readonly event: Staged['row']['events'][number]
  readonly error: { readonly code: string; readonly message: string }
}

/** Removes rows whose events are in the log, and the keys that no later row has staged. Sets refused events aside. */
export async function removeStaged(
  ledger: Ledger,
  runtime: Runtime,
  staged: readonly Staged[],
  refused: readonly Refused[],
): Promise<void> {
  const at = runtime.clock.now()
  await runTransaction(ledger, runtime, async (tx) => {
    for (const { event, error } of refused) await putRow(tx, 'refused', event.id, { event, error, at })
    await tx.remove(
      'outbox',
      staged.map(({ id }) => id),
    )
    await removeKeys(tx, staged)
  })
}

async function removeKeys(tx: LedgerTransaction<unknown>, staged: readonly Staged[]): Promise<void> {
  const ids = new Set(staged.map(({ id }) => id))
  const keys = [...new Set(staged.flatMap(({ row }) => row.events.map((event) => event.key)))]
  const rows = await getRows(tx, 'outbox_keys', keys)
  const done = keys.filter((_, i) => {
    const last = rows[i]?.last
    return last !== undefined && ids.has(last)
  })
  if (done.length > 0) await tx.remove('outbox_keys', done)
}
