import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { Change, HistoryRecord } from '../history/history-record.ts'

/** A line that the library logged; part of the trace, not of the history. */
interface Said {
  readonly kind: 'said'
  readonly at: number
  readonly process: string
  readonly text: string
}

type WithoutTime<R> = R extends HistoryRecord ? Omit<R, 'at'> : never

/** Takes down what happens in a run, in the order in which it happens. */
export class Recorder {
  readonly #entries: (HistoryRecord | Said)[] = []
  readonly #now: () => number
  readonly #transaction = new AsyncLocalStorage<Change[]>()

  /** @param now The clock of the run, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** The records so far. Transactions that were rolled back have left none. */
  get history(): readonly HistoryRecord[] {
    return this.#entries.filter(
      (entry) => entry.kind !== 'said' && !(entry.kind === 'commit' && entry.changes.length === 0),
    ) as HistoryRecord[]
  }

  /** Every entry as a line, for people. */
  get trace(): readonly string[] {
    return this.#entries.map(
      ({ at, process, ...rest }) => `${at.toFixed(3)} ${process} ${rest.kind === 'said' ? rest.text : JSON.stringify(rest)}`,
    )
  }

  /** The same for the same run, to the last byte of its trace. */
  get digest(): string {
    const hash = createHash('sha256')
    for (const line of this.trace) hash.update(`${line}\n`)
    return hash.digest('hex')
  }

  record(record: WithoutTime<HistoryRecord>): void {
    // Only the time was missing.
    this.#entries.push({ ...record, at: this.#now() } as HistoryRecord)
  }

  say(process: string, text: string): void {
    this.#entries.push({ kind: 'said', at: this.#now(), process, text })
  }

  /** Runs the work of one transaction. What is noted meanwhile is given to `commits`. */
  async inTransaction<R>(work: (notes: Change[]) => Promise<R>): Promise<R> {
    const notes: Change[] = []
    return this.#transaction.run(notes, () => work(notes))
  }

  /** Notes something that takes effect with the transaction that is open here. */
  note(change: Change): void {
    this.#transaction.getStore()?.push(change)
  }

  /**
   * Records a transaction that commits now. Recorded before it, for afterwards others may have seen it already.
   *
   * @returns Takes the record back, should the database refuse.
   */
  commits(process: string, changes: readonly Change[]): () => void {
    const kept = [...changes]
    this.#entries.push({ kind: 'commit', at: this.#now(), process, changes: kept })
    return () => {
      kept.length = 0
    }
  }
}
