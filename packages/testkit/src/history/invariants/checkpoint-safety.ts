import { ConsumerState, changesOf } from '../consumer-state.ts'
import type { FinalConsumer } from '../final-state.ts'
import type { CommitRecord, HistoryRecord } from '../history-record.ts'
import { type LogIndex, nameOf } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

/**
 * I8: at every commit, all that is wanted at or under the checkpoint is handled, parked or held, and stays so. I9: the
 * checkpoint never falls.
 */
export const checkpointSafety: Check = (history, log, final) => final.consumers.flatMap((consumer) => unsafe(history, log, consumer))

function unsafe(history: readonly HistoryRecord[], log: LogIndex, consumer: FinalConsumer): Verdict[] {
  const verdicts: Verdict[] = []
  const state = new ConsumerState(consumer)
  const wanted = log.wantedBy(consumer)
  for (const record of history) {
    if (record.kind !== 'commit') continue
    const before = state.checkpoint
    state.apply(record)
    const { checkpoint } = state
    if (checkpoint < before) {
      verdicts.push({
        invariant: 'I9',
        what: `the checkpoint of ${consumer.consumer} fell from ${before} to ${checkpoint}`,
        evidence: [record],
      })
    }
    for (const event of wanted) {
      if (event.position <= before || event.position > checkpoint || state.isSettled(event)) continue
      const what = `the checkpoint of ${consumer.consumer} passed ${nameOf(event)}, which is neither handled nor parked nor held`
      verdicts.push({ invariant: 'I8', what, evidence: [record] })
    }
    verdicts.push(...stranded(record, log, state))
  }
  if (state.checkpoint !== consumer.checkpoint) {
    const what = `the checkpoint of ${consumer.consumer} was committed at ${state.checkpoint} and is ${consumer.checkpoint} in the end`
    verdicts.push({ invariant: 'I9', what, evidence: [] })
  }
  return verdicts
}

/** Events that were parked or held and are forgotten. */
function stranded(record: CommitRecord, log: LogIndex, state: ConsumerState): Verdict[] {
  return changesOf(record, state.consumer.consumer).flatMap((change): Verdict[] => {
    const event = change.kind === 'released' ? log.at(change.position) : undefined
    if (event === undefined || state.isSettled(event)) return []
    return [{ invariant: 'I8', what: `${state.consumer.consumer} let go of ${nameOf(event)} and did not handle it`, evidence: [record] }]
  })
}
