import { ConsumerState, changesOf } from '../consumer-state.ts'
import type { FinalConsumer } from '../final-state.ts'
import type { CommitRecord, HistoryRecord } from '../history-record.ts'
import { keyOf, type LogIndex, nameOf } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

/**
 * I6: whoever holds the lane is given the next wanted event after the last one. I7: the first one after a take-over is the next
 * one after the checkpoint. Events whose key has or had a parked event may be held instead of delivered.
 */
export const noSkip: Check = (history, log, final) => final.consumers.flatMap((consumer) => skipped(history, log, consumer))

function skipped(history: readonly HistoryRecord[], log: LogIndex, consumer: FinalConsumer): Verdict[] {
  const verdicts: Verdict[] = []
  const state = new ConsumerState(consumer)
  const wanted = log.wantedBy(consumer)
  const onceHeld = new Set<string>()
  let passed = 0
  let taken: CommitRecord | undefined
  for (const record of history) {
    if (record.kind === 'commit') {
      state.apply(record)
      for (const position of state.waiting) {
        const event = log.at(position)
        if (event !== undefined) onceHeld.add(keyOf(event))
      }
      if (changesOf(record, consumer.consumer).some((change) => change.kind === 'lease' && change.isHeld)) {
        passed = state.checkpoint
        taken = record
      }
    }
    if (record.kind !== 'delivered' || record.consumer !== consumer.consumer || record.replay) continue
    // What is at or under the checkpoint is a redrive or made up for; what another process does is stopped by its lease.
    if (record.position <= state.checkpoint || record.process !== state.holder) continue
    const missed = wanted.find((event) => event.position > passed && event.position < record.position && !onceHeld.has(keyOf(event)))
    if (missed !== undefined) {
      const invariant = taken === undefined ? 'I6' : 'I7'
      const after = taken === undefined ? `after position ${passed}` : `first after the checkpoint ${passed}`
      const what = `${record.process} was given position ${record.position} ${after} and not ${nameOf(missed)}`
      verdicts.push({ invariant, what, evidence: taken === undefined ? [record] : [taken, record] })
    }
    passed = Math.max(passed, record.position)
    taken = undefined
  }
  return verdicts
}
