import type { FinalState } from '../final-state.ts'
import type { HistoryRecord, Seen } from '../history-record.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

interface Known {
  readonly seen: Partial<Seen> & { readonly id: string; readonly position: number }
  readonly evidence: readonly HistoryRecord[]
}

/** I4: one event, one position, over all appends, reads and restarts, without a gap that was not closed for good. I17: its bytes never differ. */
export const onePosition: Check = (history, _log, final) => {
  const verdicts: Verdict[] = []
  const byId = new Map<string, Known>()
  const byPosition = new Map<number, Known>()
  const digests = new Map<string, Known>()
  const look = (seen: Known['seen'], evidence: readonly HistoryRecord[]): void => {
    const [sameId, samePosition] = [byId.get(seen.id), byPosition.get(seen.position)]
    if (sameId !== undefined && sameId.seen.position !== seen.position) {
      const what = `${seen.id} stands at position ${sameId.seen.position} and at ${seen.position}`
      verdicts.push({ invariant: 'I4', what, evidence: [...sameId.evidence, ...evidence] })
    } else if (samePosition !== undefined && samePosition.seen.id !== seen.id) {
      const what = `position ${seen.position} holds ${samePosition.seen.id} and ${seen.id}`
      verdicts.push({ invariant: 'I4', what, evidence: [...samePosition.evidence, ...evidence] })
    }
    const known = { seen, evidence }
    byId.set(seen.id, known)
    byPosition.set(seen.position, known)
    if (seen.digest === undefined) return
    const before = digests.get(seen.id)
    if (before !== undefined && before.seen.digest !== seen.digest) {
      const what = `${seen.id} was read with other bytes than before`
      verdicts.push({ invariant: 'I17', what, evidence: [...before.evidence, ...evidence] })
    }
    digests.set(seen.id, known)
  }
  for (const record of history) {
    if (record.kind === 'read') for (const event of record.events) look(event, [record])
    if (record.kind !== 'appended') continue
    record.positions.forEach((position, i) => {
      const id = record.ids[i]
      if (id !== undefined) look({ id, position }, [record])
    })
  }
  for (const event of final.events) look(event, [])
  return [...verdicts, ...gaps(final)]
}

function gaps({ events, closed = [] }: FinalState): Verdict[] {
  const skipped = new Set(closed)
  let next = 1
  return events.flatMap(({ position, id }): Verdict[] => {
    while (skipped.has(next)) next++
    const expected = next
    next = position + 1
    if (position === expected) return []
    return [{ invariant: 'I4', what: `${id} stands at position ${position}, where ${expected} comes next`, evidence: [] }]
  })
}
