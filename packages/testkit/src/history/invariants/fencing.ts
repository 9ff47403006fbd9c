import { ConsumerState, changesOf } from '../consumer-state.ts'
import type { FinalConsumer } from '../final-state.ts'
import type { Change, CommitRecord, HistoryRecord } from '../history-record.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

/**
 * I13: once a successor has taken the lane, nothing that the holder before it did takes effect; and what a reaction of the
 * holder does takes effect together with the checkpoint, or the lease would not protect it.
 */
export const fencing: Check = (history, _log, final) => final.consumers.flatMap((consumer) => unfenced(history, consumer))

function unfenced(history: readonly HistoryRecord[], consumer: FinalConsumer): Verdict[] {
  const verdicts: Verdict[] = []
  const state = new ConsumerState(consumer)
  let taken: CommitRecord | undefined
  for (const record of history) {
    if (record.kind !== 'commit') continue
    const changes = changesOf(record, consumer.consumer)
    const { epoch, holder, checkpoint } = state
    state.apply(record)
    const lease = changes.find((change) => change.kind === 'lease')
    const evidence = taken === undefined ? [record] : [taken, record]
    for (const change of changes) {
      if ((change.kind === 'checkpoint' || change.kind === 'lease') && change.epoch < epoch) {
        verdicts.push({
          invariant: 'I13',
          what: `${record.process} wrote in epoch ${change.epoch} after epoch ${epoch} had begun`,
          evidence,
        })
      }
      if (!isOfTheLane(change, changes, checkpoint) || lease !== undefined) continue
      if (record.process !== holder) {
        const what = `${record.process} moved the lane of ${consumer.consumer}, which ${holder ?? 'nobody'} holds`
        verdicts.push({ invariant: 'I13', what, evidence })
      } else if (change.kind === 'handled' && isReaction(change.handler, consumer) && change.position > state.checkpoint) {
        const what = `${record.process} handled position ${change.position} without the checkpoint, which stays at ${state.checkpoint}`
        verdicts.push({ invariant: 'I13', what, evidence })
      }
    }
    if (lease !== undefined) taken = record
  }
  return verdicts
}

/** Copies may be written again, so where a reaction may call they go before it, in a transaction of their own. */
function isReaction(handler: string, { handlers }: FinalConsumer): boolean {
  return handlers.some((one) => one.handler === handler && one.kind === 'reaction')
}

/** What only the holder may do. A redrive, which any instance may do, works under the checkpoint and lets go of the event. */
function isOfTheLane(change: Change, changes: readonly Change[], checkpoint: number): boolean {
  if (change.kind === 'checkpoint' || change.kind === 'attempts') return true
  if (change.kind !== 'handled' || change.position <= checkpoint) return false
  return !changes.some((other) => other.kind === 'released' && other.position === change.position)
}
