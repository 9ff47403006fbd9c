import { createHash } from 'node:crypto'
import type { HistoryRecord } from '../history/history-record.ts'
import { CommittedChanges } from '../history/recording/committed-changes.ts'
import type { Committing, Recording, Untimed } from '../history/recording/recording.ts'

/** A line that the library logged; part of the trace, not of the history. */
interface Said {
  readonly kind: 'said'
  readonly at: number
  readonly process: string
  readonly text: string
}

/** Takes down what happens in a run, in the order in which it happens. */
export class Recorder implements Recording {
  readonly #entries: (HistoryRecord | Said)[] = []
  readonly #now: () => number
  readonly #changes = new Map<string, CommittedChanges>()

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

  record(record: Untimed<HistoryRecord>): void {
    // Only the time was missing.
    this.#entries.push({ ...record, at: this.#now() } as HistoryRecord)
  }

  say(process: string, text: string): void {
    this.#entries.push({ kind: 'said', at: this.#now(), process, text })
  }

  async commits({ service, process, notes, rows }: Committing): Promise<(isCommitted: boolean) => void> {
    const changes = this.#changesOf(service)
    const kept = [...notes, ...changes.of(rows)]
    this.#entries.push({ kind: 'commit', at: this.#now(), process, changes: kept })
    return (isCommitted) => {
      if (isCommitted) changes.committed(rows)
      // What was rolled back has changed nothing.
      else kept.length = 0
    }
  }

  #changesOf(service: string): CommittedChanges {
    let changes = this.#changes.get(service)
    if (changes === undefined) {
      changes = new CommittedChanges(service)
      this.#changes.set(service, changes)
    }
    return changes
  }
}
