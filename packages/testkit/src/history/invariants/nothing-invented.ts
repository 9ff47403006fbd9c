import type { AppendedRecord } from '../history-record.ts'
import { nameOf } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

/** I2: nothing is delivered that nobody appended before. I3: nothing is in the log whose appends have all failed. */
export const nothingInvented: Check = (history, log) => {
  const verdicts: Verdict[] = []
  const begun = new Map<string, number>()
  const outcomes = new Map<string, AppendedRecord[]>()
  for (const record of history) {
    if (record.kind === 'append') for (const id of record.ids) begun.set(id, (begun.get(id) ?? 0) + 1)
    if (record.kind === 'appended') for (const id of record.ids) outcomes.set(id, [...(outcomes.get(id) ?? []), record])
    if (record.kind !== 'delivered') continue
    const { consumer, handler, position, id } = record
    if (!begun.has(id)) {
      verdicts.push({ invariant: 'I2', what: `${consumer} was given ${id}, which nobody had appended (${handler})`, evidence: [record] })
    } else if (log.at(position)?.id !== id) {
      const what = `${consumer} was given ${id} at position ${position}, where the log holds ${log.at(position)?.id ?? 'nothing'}`
      verdicts.push({ invariant: 'I2', what, evidence: [record] })
    }
  }
  for (const event of log.events) {
    const own = outcomes.get(event.id) ?? []
    if (!begun.has(event.id)) {
      verdicts.push({ invariant: 'I2', what: `the log holds ${nameOf(event)}, which nobody appended`, evidence: [] })
    } else if (own.length === begun.get(event.id) && own.every(({ outcome }) => outcome === 'failed')) {
      verdicts.push({ invariant: 'I3', what: `${nameOf(event)} is in the log, though every append of it failed`, evidence: own })
    }
  }
  return verdicts
}
