import { AsyncLocalStorage } from 'node:async_hooks'
import type { LedgerTransaction } from '@tidings/core'
import type { Change, HistoryRecord } from '../history-record.ts'
import type { WrittenRow } from './committed-changes.ts'

/** A record as it is given to a recording, which adds the time. */
export type Untimed<R> = R extends HistoryRecord ? Omit<R, 'at'> : never

/** A transaction that is about to commit. */
export interface Committing {
  readonly service: string
  readonly process: string
  /** What was noted while it was open. */
  readonly notes: readonly Change[]
  /** Rows of the ledger that it wrote. */
  readonly rows: readonly WrittenRow[]
  readonly tx: LedgerTransaction<unknown>
}

/** Takes down what happens in a run. */
export interface Recording {
  record(record: Untimed<HistoryRecord>): void
  /**
   * Takes down a transaction before it commits, for afterwards others may have seen it already.
   *
   * @returns Is told what became of it, should the process live so long.
   */
  commits(committing: Committing): Promise<(isCommitted: boolean) => void>
}

const open = new AsyncLocalStorage<Change[]>()

/** Runs the work of one transaction; what is noted meanwhile is in `notes`. */
export async function inTransaction<R>(work: (notes: readonly Change[]) => Promise<R>): Promise<R> {
  const notes: Change[] = []
  return open.run(notes, () => work(notes))
}

/** Notes something that takes effect with the transaction that is open here. */
export function note(change: Change): void {
  open.getStore()?.push(change)
}
