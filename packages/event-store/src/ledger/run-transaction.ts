import { errorTypeOf, type Ledger, type LedgerTransaction, type Runtime, TransactionConflict, type WorkSpan } from '@tidings/core'
import { commitSpan } from './commit-span.ts'

const mostAttempts = 50

/**
 * Runs the work in a transaction, again when it met another one on the same rows.
 *
 * @param span What it is part of: then its commit is shown in the trace.
 * @throws {TransactionConflict} It met others 50 times in a row.
 */
export async function runTransaction<R>(
  ledger: Ledger,
  runtime: Runtime,
  work: (tx: LedgerTransaction<unknown>) => Promise<R>,
  signal?: AbortSignal,
  span?: WorkSpan,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return span?.isRecording === true ? await tracedTransaction(ledger, work, signal, span) : await ledger.transaction(work, signal)
    } catch (error) {
      if (!(error instanceof TransactionConflict) || attempt === mostAttempts) throw error
      await runtime.clock.sleep(runtime.random.next() * Math.min(2 ** attempt, 100), signal)
    }
  }
}

async function tracedTransaction<R>(
  ledger: Ledger,
  work: (tx: LedgerTransaction<unknown>) => Promise<R>,
  signal: AbortSignal | undefined,
  span: WorkSpan,
): Promise<R> {
  let commit: WorkSpan | undefined
  try {
    return await ledger.transaction(async (tx) => {
      const result = await work(tx)
      if (tx.begun) commit = commitSpan(ledger, span.trace)
      return result
    }, signal)
  } catch (error) {
    commit?.fail(errorTypeOf(error))
    throw error
  } finally {
    commit?.end()
  }
}
