import { runTransaction } from '../../ledger/run-transaction.ts'
import { scanRows } from '../../ledger/tables.ts'
import type { LaneContext } from '../lane/lane-context.ts'

const page = 1_000

/**
 * Removes the tables of copies that nothing is served from any more, a page in a transaction: all rows of a large table in
 * one would outlast what a database allows a transaction. Killed at any point, it is gone on with at the next start.
 */
export async function clearLeftovers({ host }: LaneContext, signal: AbortSignal): Promise<void> {
  const { ledger, runtime } = host
  for (;;) {
    const [leftover] = await ledger.read((reader) => scanRows(reader, 'copy_leftovers', { limit: 1 }), signal)
    if (leftover === undefined) return
    const table = leftover.key
    await runTransaction(
      ledger,
      runtime,
      async (tx) => {
        const rows = await tx.scan(table, { limit: page })
        if (rows.length === page)
          return tx.remove(
            table,
            rows.map(({ key }) => key),
          )
        await tx.drop(table)
        await tx.remove('copy_leftovers', [table])
      },
      signal,
    )
    // Embedded databases answer within a turn of the event loop: lets requests and timers have theirs.
    await runtime.clock.sleep(0, signal)
  }
}
