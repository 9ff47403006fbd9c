import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryRecord } from '../../history/history-record.ts'
import { fromLines } from '../../history/json-lines.ts'
import { CommittedChanges } from '../../history/recording/committed-changes.ts'
import { type CommittingLine, type RecordedLine, recordedFile } from '../worker/file-recording.ts'

/**
 * One history of what the processes of a round have recorded. A transaction whose process did not learn the outcome counts as
 * committed if its mark is there.
 *
 * @param isMarked Whether the transaction of that number of a process has left its mark in a service's database.
 */
export function mergeHistory(
  directory: string,
  isMarked: (service: string, process: string, number: number) => boolean,
): readonly HistoryRecord[] {
  const lines = readdirSync(directory)
    .filter((file) => file.endsWith(recordedFile))
    .flatMap((file) => fromLines<RecordedLine>(readFileSync(join(directory, file), 'utf8')))
    .sort((a, b) => a.at - b.at)
  const settled = new Map<string, boolean>()
  for (const line of lines) if (line.kind === 'settled') settled.set(`${line.process} ${line.number}`, line.isCommitted)
  const services = new Map<string, CommittedChanges>()
  const isCommitted = ({ process, number, service }: CommittingLine): boolean =>
    settled.get(`${process} ${number}`) ?? isMarked(service, process, number)
  return lines.flatMap((line): HistoryRecord[] => {
    if (line.kind === 'settled') return []
    if (line.kind !== 'committing') return [line]
    if (!isCommitted(line)) return []
    const changes = services.get(line.service) ?? new CommittedChanges(line.service)
    services.set(line.service, changes)
    const changed = [...line.notes, ...changes.of(line.rows)]
    changes.committed(line.rows)
    return changed.length === 0 ? [] : [{ kind: 'commit', at: line.at, process: line.process, changes: changed }]
  })
}
