import { ConsumerState, changesOf } from '../consumer-state.ts'
import type { FinalConsumer } from '../final-state.ts'
import type { Change, CommitRecord, HistoryRecord } from '../history-record.ts'
import type { LogIndex } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

interface Count {
  readonly attempts: number
  readonly record: CommitRecord
}

/**
 * I11: attempts are counted on over restarts and never beyond the maximum; an event is parked after the last one and not
 * before; and one that is parked or held is handled only when it is let go of.
 */
export const attempts: Check = (history, log, final) =>
  final.consumers.flatMap((consumer) => [...miscounted(history, log, consumer), ...triedTooOften(history, consumer)])

/**
 * What the handlers say of it. Each time a process takes the lane it may lose the count of one failure, that of the attempt
 * after which it lost the lane; never more.
 */
function triedTooOften(history: readonly HistoryRecord[], consumer: FinalConsumer): Verdict[] {
  const state = new ConsumerState(consumer)
  const taken = new Map<string, number>()
  const failures = new Map<number, HistoryRecord[]>()
  const tenancies = new Map<number, Set<string>>()
  for (const record of history) {
    if (record.kind === 'commit') {
      state.apply(record)
      const takes = changesOf(record, consumer.consumer).some((change) => change.kind === 'lease' && change.isHeld)
      if (takes) taken.set(record.process, (taken.get(record.process) ?? 0) + 1)
    }
    // Under the checkpoint it is a redrive.
    if (record.kind !== 'failed' || record.consumer !== consumer.consumer || record.position <= state.checkpoint) continue
    failures.set(record.position, [...(failures.get(record.position) ?? []), record])
    const tenancy = `${record.process} ${taken.get(record.process)}`
    tenancies.set(record.position, (tenancies.get(record.position) ?? new Set()).add(tenancy))
  }
  return [...failures].flatMap(([position, evidence]): Verdict[] => {
    const uncounted = tenancies.get(position)?.size ?? 0
    if (evidence.length <= consumer.attempts + uncounted) return []
    const what = `${consumer.consumer} tried position ${position} ${evidence.length} times in ${uncounted} tenancies of the lane; ${consumer.attempts} attempts are allowed`
    return [{ invariant: 'I11', what, evidence }]
  })
}

function miscounted(history: readonly HistoryRecord[], log: LogIndex, consumer: FinalConsumer): Verdict[] {
  const verdicts: Verdict[] = []
  const state = new ConsumerState(consumer)
  const counts = new Map<number, Count>()
  for (const record of history) {
    if (record.kind !== 'commit') continue
    const changes = changesOf(record, consumer.consumer)
    for (const change of changes) {
      const fault = faultOf(change, changes, state, counts, log)
      const before = 'position' in change ? counts.get(change.position) : undefined
      if (fault !== undefined)
        verdicts.push({
          invariant: 'I11',
          what: `${consumer.consumer} ${fault}`,
          evidence: before === undefined ? [record] : [before.record, record],
        })
      if (change.kind === 'attempts') counts.set(change.position, { attempts: change.attempts, record })
      // What is settled and made up for later is counted anew.
      else if (change.kind === 'handled' || change.kind === 'parked' || change.kind === 'held') counts.delete(change.position)
    }
    state.apply(record)
  }
  return verdicts
}

function faultOf(
  change: Change,
  changes: readonly Change[],
  state: ConsumerState,
  counts: ReadonlyMap<number, Count>,
  log: LogIndex,
): string | undefined {
  const { attempts: most } = state.consumer
  switch (change.kind) {
    case 'attempts': {
      const before = counts.get(change.position)?.attempts ?? 0
      if (change.attempts > most) return `tried position ${change.position} ${change.attempts} times; ${most} are allowed`
      return change.attempts < before
        ? `has forgotten attempts at position ${change.position}: ${before} before, ${change.attempts} now`
        : undefined
    }
    case 'parked':
    case 'held': {
      const event = log.at(change.position)
      const isNew = change.position > state.checkpoint
      if (isNew && event !== undefined && state.isDone(event)) return `${change.kind} position ${change.position}, which was done already`
      if (state.isWaiting(change.position) || change.kind === 'held' || change.attempts >= most) return undefined
      return `parked position ${change.position} after ${change.attempts} of ${most} attempts`
    }
    case 'handled': {
      const isReleased = changes.some((other) => other.kind === 'released' && other.position === change.position)
      if (!state.isWaiting(change.position) || isReleased || change.replay) return undefined
      return `handled position ${change.position}, which is parked or held, without a redrive`
    }
    default:
      return undefined
  }
}
