import type { StoredEvent } from '@tidings/core'
import { checkHistory } from '../../history/check-history.ts'
import type { HistoryRecord } from '../../history/history-record.ts'
import { finalEventOf } from '../../history/seen-of.ts'
import { describeVerdict } from '../../history/verdict.ts'
import { markKey, marks } from '../worker/file-recording.ts'
import { mergeHistory } from './merge-history.ts'
import { readFinal } from './read-final.ts'
import { type RoundRows, serviceNames } from './round-rows.ts'

/** What came of a history. */
export interface Judgement {
  /** What does not hold. */
  readonly faults: readonly string[]
  /** How many records of each kind were judged. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * Judges what the processes of a round have recorded, together with what they left behind.
 *
 * @param events All of the log, as its readers have it.
 */
export function judgeHistory(directory: string, rows: RoundRows, events: readonly StoredEvent[]): Judgement {
  const marked = new Map(serviceNames.map((name) => [name as string, new Set(rows.services[name].ledger(marks).map(({ key }) => key))]))
  const history = mergeHistory(directory, (service, process, number) => marked.get(service)?.has(markKey(process, number)) === true)
  const verdicts = checkHistory(history, readFinal(rows, events.map(finalEventOf)))
  return { faults: [...readOtherwise(rows, events), ...verdicts.map(describeVerdict)], counts: countRecords(history) }
}

/** Readers must have what is stored. */
function readOtherwise({ events: stored }: RoundRows, events: readonly StoredEvent[]): readonly string[] {
  const asText = (event: { readonly position: number; readonly id: string } | undefined): string => `${event?.id} at ${event?.position}`
  const index = Array.from({ length: Math.max(stored.length, events.length) }).findIndex((_, i) => asText(stored[i]) !== asText(events[i]))
  return index === -1 ? [] : [`I4 readers have ${asText(events[index])} where ${asText(stored[index])} is stored`]
}

function countRecords(history: readonly HistoryRecord[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  const add = (what: string, count = 1): void => {
    counts[what] = (counts[what] ?? 0) + count
  }
  for (const record of history) {
    if (record.kind === 'appended') add(`appends ${record.outcome}`)
    else if (record.kind === 'read') add('events read', record.events.length)
    else if (record.kind === 'delivered') add('deliveries')
    else if (record.kind === 'commit') {
      add('commits')
      for (const { kind } of record.changes) if (kind === 'checkpoint' || kind === 'lease') add(`${kind}s written`)
    }
  }
  return counts
}
