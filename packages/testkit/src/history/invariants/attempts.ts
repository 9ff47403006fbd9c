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
export const attempts: Check = (history, log, final) => final.consumers.flatMap((consumer) => miscounted(history, log, consumer))

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
      if (event !== undefined && state.isDone(event)) return `${change.kind} position ${change.position}, which was done already`
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
