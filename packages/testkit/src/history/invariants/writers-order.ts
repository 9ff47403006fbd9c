import type { AppendRecord } from '../history-record.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

interface First {
  /** The highest position that was acknowledged to anyone before. */
  readonly above: number
  readonly record: AppendRecord
}

/** I5: an event first appended after another append was acknowledged has the higher position. */
export const writersOrder: Check = (history) => {
  const verdicts: Verdict[] = []
  const first = new Map<string, First>()
  let acknowledged = 0
  for (const record of history) {
    if (record.kind === 'append') {
      for (const id of record.ids) if (!first.has(id)) first.set(id, { above: acknowledged, record })
    }
    if (record.kind !== 'appended') continue
    record.positions.forEach((position, i) => {
      const id = record.ids[i] ?? ''
      const begun = first.get(id)
      if (begun === undefined || position > begun.above) return
      const what = `${id} has position ${position}, though position ${begun.above} was acknowledged before it was appended`
      verdicts.push({ invariant: 'I5', what, evidence: [begun.record, record] })
    })
    if (record.outcome === 'ok') acknowledged = Math.max(acknowledged, ...record.positions)
  }
  return verdicts
}
