import { openSync, writeSync } from 'node:fs'
import type { Change, HistoryRecord } from '../../history/history-record.ts'
import { toLine } from '../../history/json-lines.ts'
import type { WrittenRow } from '../../history/recording/committed-changes.ts'
import type { Committing, Recording, Untimed } from '../../history/recording/recording.ts'

/** The ending of the files that processes record to. */
export const recordedFile = '.history.jsonl'

/** The table in which each transaction leaves a mark, so that one whose process did not learn the outcome can be judged. */
export const marks = 'torture'

/** The key of a transaction's mark. One for each: the transactions of a process may run side by side. */
export function markKey(process: string, number: number): string {
  return `${process} ${number}`
}

/** A transaction that is about to commit. */
export interface CommittingLine {
  readonly kind: 'committing'
  readonly at: number
  readonly process: string
  readonly number: number
  readonly service: string
  readonly notes: readonly Change[]
  readonly rows: readonly WrittenRow[]
}

/** What became of it. */
interface SettledLine {
  readonly kind: 'settled'
  readonly at: number
  readonly process: string
  readonly number: number
  readonly isCommitted: boolean
}

/** A line of a process's file. */
export type RecordedLine = HistoryRecord | CommittingLine | SettledLine

/** Writes what one process does to a file, each line before the process goes on. */
export class FileRecording implements Recording {
  readonly #file: number
  #commits = 0

  constructor(file: string) {
    this.#file = openSync(file, 'a')
  }

  record(record: Untimed<HistoryRecord>): void {
    // Only the time was missing.
    this.#write({ ...record, at: nowMs() } as HistoryRecord)
  }

  async commits({ service, process, notes, rows, tx }: Committing): Promise<(isCommitted: boolean) => void> {
    const number = ++this.#commits
    await tx.put(marks, [{ key: markKey(process, number), value: number }])
    this.#write({ kind: 'committing', at: nowMs(), process, number, service, notes, rows: rows.map(slim) })
    return (isCommitted) => this.#write({ kind: 'settled', at: nowMs(), process, number, isCommitted })
  }

  #write(line: RecordedLine): void {
    writeSync(this.#file, toLine(line))
  }
}

/** A clock that all processes of the machine share and that never jumps, so that lines can be merged by it. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1_000_000
}

/** Without the data of staged events, of which a history keeps id and key only. */
function slim({ table, key, value }: WrittenRow): WrittenRow {
  if (table !== 'outbox' || value === undefined) return { table, key, value }
  const { events } = value as { readonly events: readonly { readonly id: string; readonly key: string }[] }
  return { table, key, value: { events: events.map(({ id, key: about }) => ({ id, key: about })) } }
}
