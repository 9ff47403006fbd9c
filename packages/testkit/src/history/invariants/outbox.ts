import type { CommitRecord, HistoryRecord } from '../history-record.ts'
import { keyOf, type LogIndex, nameOf } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

interface Staged {
  readonly id: string
  readonly key: string
  readonly record: CommitRecord
}

/**
 * I14: every event that was committed with its state change is in the log in the end, and stays staged until it is; and the log
 * holds no event that was not staged before. I5: events of one key stand in the log in the order in which they were staged.
 */
export const outbox: Check = (history, log, final) => {
  const staged = stagedIn(history)
  const still = new Set(final.staged)
  return [...removedTooEarly(history), ...neverStaged(history, log), ...lost(history, staged, log, still), ...disordered(staged, log)]
}

function stagedIn(history: readonly HistoryRecord[]): ReadonlyMap<string, Staged> {
  const staged = new Map<string, Staged>()
  for (const record of history) {
    if (record.kind !== 'commit') continue
    for (const change of record.changes) {
      if (change.kind === 'staged') for (const { id, key } of change.events) staged.set(id, { id, key: `${change.service}/${key}`, record })
    }
  }
  return staged
}

function removedTooEarly(history: readonly HistoryRecord[]): Verdict[] {
  const verdicts: Verdict[] = []
  const settled = new Set<string>()
  for (const record of history) {
    if (record.kind === 'appended' && record.positions.length > 0) for (const id of record.ids) settled.add(id)
    if (record.kind !== 'commit') continue
    for (const change of record.changes) if (change.kind === 'refused') settled.add(change.id)
    for (const change of record.changes) {
      if (change.kind !== 'unstaged') continue
      for (const id of change.ids.filter((one) => !settled.has(one))) {
        const what = `${change.service} removed ${id} from its outbox before the log had it`
        verdicts.push({ invariant: 'I14', what, evidence: [record] })
      }
    }
  }
  return verdicts
}

function neverStaged(history: readonly HistoryRecord[], log: LogIndex): Verdict[] {
  const verdicts: Verdict[] = []
  const staged = new Set<string>()
  const reported = new Set<string>()
  for (const record of history) {
    if (record.kind === 'commit') {
      for (const change of record.changes) if (change.kind === 'staged') for (const { id } of change.events) staged.add(id)
    }
    if (record.kind !== 'append') continue
    for (const id of record.ids) {
      const event = log.byId(id)
      if (event === undefined || staged.has(id) || reported.has(id)) continue
      reported.add(id)
      verdicts.push({ invariant: 'I14', what: `${nameOf(event)} was appended, but no transaction had committed it`, evidence: [record] })
    }
  }
  return verdicts
}

function lost(
  history: readonly HistoryRecord[],
  staged: ReadonlyMap<string, Staged>,
  log: LogIndex,
  still: ReadonlySet<string>,
): Verdict[] {
  const refused = new Set<string>()
  for (const record of history) {
    if (record.kind === 'commit') for (const change of record.changes) if (change.kind === 'refused') refused.add(change.id)
  }
  return [...staged.values()].flatMap(({ id, record }): Verdict[] => {
    if (log.byId(id) !== undefined || still.has(id) || refused.has(id)) return []
    return [{ invariant: 'I14', what: `${id} was committed by ${record.process} and is neither in the log nor staged`, evidence: [record] }]
  })
}

function disordered(staged: ReadonlyMap<string, Staged>, log: LogIndex): Verdict[] {
  const verdicts: Verdict[] = []
  const newest = new Map<string, { readonly position: number; readonly staged: Staged }>()
  for (const one of staged.values()) {
    const event = log.byId(one.id)
    if (event === undefined) continue
    const before = newest.get(keyOf(event))
    if (before !== undefined && before.position > event.position) {
      const what = `${nameOf(event)} stands before ${before.staged.id}, which was staged earlier for its key`
      verdicts.push({ invariant: 'I5', what, evidence: [before.staged.record, one.record] })
    } else newest.set(keyOf(event), { position: event.position, staged: one })
  }
  return verdicts
}
