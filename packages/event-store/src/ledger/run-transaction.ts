import { type Ledger, type LedgerTransaction, type Runtime, TransactionConflict } from '@tidings/core'

const mostAttempts = 50

/**
 * Runs the work in a transaction, again when it met another one on the same rows.
 *
 * @throws {TransactionConflict} It met others 50 times in a row.
 */
export async function runTransaction<R>(
  ledger: Ledger,
  runtime: Runtime,
  work: (tx: LedgerTransaction<unknown>) => Promise<R>,
  signal?: AbortSignal,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ledger.transaction(work, signal)
    } catch (error) {
      if (!(error instanceof TransactionConflict) || attempt === mostAttempts) throw error
      await runtime.clock.sleep(runtime.random.next() * Math.min(2 ** attempt, 100), signal)
    }
  }
}
