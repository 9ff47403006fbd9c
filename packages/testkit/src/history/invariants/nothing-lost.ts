import { ConsumerState } from '../consumer-state.ts'
import type { FinalConsumer, FinalEvent } from '../final-state.ts'
import type { HistoryRecord } from '../history-record.ts'
import { type LogIndex, nameOf } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

/**
 * I1: every acknowledged event is in the log, and in the end each consumer that wants it has handled it, has it parked or
 * held, or an operator gave it up. Tells whether the beginning, the middle or the end of a writer's events is missing.
 */
export const nothingLost: Check = (history, log, final) => [
  ...lostByLog(history, log),
  ...final.consumers.flatMap((consumer) => lostByConsumer(history, log, consumer)),
]

function lostByLog(history: readonly HistoryRecord[], log: LogIndex): Verdict[] {
  return history.flatMap((record): Verdict[] => {
    if (record.kind !== 'appended' || record.outcome !== 'ok') return []
    const lost = record.ids.filter((id) => log.byId(id) === undefined)
    return lost.map((id) => ({
      invariant: 'I1',
      what: `${id} was acknowledged to ${record.process} and is not in the log`,
      evidence: [record],
    }))
  })
}

function lostByConsumer(history: readonly HistoryRecord[], log: LogIndex, consumer: FinalConsumer): Verdict[] {
  const state = new ConsumerState(consumer)
  for (const record of history) if (record.kind === 'commit') state.apply(record)
  const waiting = new Set(consumer.waiting)
  const verdicts: Verdict[] = []
  for (const [service, events] of byService(log.wantedBy(consumer))) {
    const lost = events.map((event) => !state.isDone(event) && !waiting.has(event.id))
    events.forEach((event, i) => {
      if (!lost[i]) return
      const evidence = history.filter((record) => concerns(record, consumer, event))
      const what = `${consumer.consumer} never handled ${nameOf(event)}, in the ${partOf(lost, i)} of what ${service} wrote`
      verdicts.push({ invariant: 'I1', what, evidence })
    })
  }
  return verdicts
}

/** Where in a writer's events a lost one stands: the reason for a lost beginning is seldom that of a lost middle. */
function partOf(lost: readonly boolean[], i: number): string {
  if (lost.slice(0, i).every(Boolean)) return 'beginning'
  return lost.slice(i).every(Boolean) ? 'end' : 'middle'
}

function byService(events: readonly FinalEvent[]): ReadonlyMap<string, readonly FinalEvent[]> {
  return Map.groupBy(events, ({ service }) => service)
}

function concerns(record: HistoryRecord, { consumer }: FinalConsumer, { position }: FinalEvent): boolean {
  if (record.kind === 'delivered' || record.kind === 'failed') return record.consumer === consumer && record.position === position
  return (
    record.kind === 'commit' &&
    record.changes.some((change) => change.kind === 'checkpoint' && change.consumer === consumer && change.position === position)
  )
}
