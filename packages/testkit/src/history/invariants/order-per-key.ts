import { ConsumerState, changesOf } from '../consumer-state.ts'
import type { FinalConsumer, FinalEvent } from '../final-state.ts'
import type { DeliveredRecord, HistoryRecord } from '../history-record.ts'
import { keyOf, type LogIndex, nameOf } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

/**
 * I10: for each handler, the events of one key take effect in the order of the log and start in it, parking and redrive
 * included: none starts while an earlier one of its key is parked, held or not yet done.
 */
export const orderPerKey: Check = (history, log, final) => final.consumers.flatMap((consumer) => outOfOrder(history, log, consumer))

function outOfOrder(history: readonly HistoryRecord[], log: LogIndex, consumer: FinalConsumer): Verdict[] {
  const verdicts: Verdict[] = []
  const state = new ConsumerState(consumer)
  const reactions = new Set(consumer.handlers.flatMap(({ handler, kind }) => (kind === 'reaction' ? [handler] : [])))
  const newest = new Map<string, { readonly event: FinalEvent; readonly record: HistoryRecord }>()
  const running = new Running()
  for (const record of history) {
    if (record.kind === 'commit') {
      for (const change of changesOf(record, consumer.consumer)) {
        const event = change.kind === 'handled' ? log.at(change.position) : undefined
        // Copies may be written again, and a reaction in a replay.
        if (change.kind !== 'handled' || event === undefined || change.replay || !reactions.has(change.handler)) continue
        const key = `${change.handler} ${keyOf(event)}`
        const last = newest.get(key)
        if (last !== undefined && last.event.position > event.position) {
          const what = `${consumer.consumer} handled ${nameOf(event)} after ${nameOf(last.event)}`
          verdicts.push({ invariant: 'I10', what, evidence: [last.record, record] })
        } else newest.set(key, { event, record })
      }
      state.apply(record)
    }
    if ((record.kind === 'failed' || record.kind === 'delivered') && record.consumer === consumer.consumer && !record.replay) {
      if (record.kind === 'failed') running.end(record)
      else {
        const earlier = earlierUndone(record, log, consumer, state, running)
        if (earlier !== undefined) {
          const what = `${record.process} started ${record.id} (position ${record.position}) before ${nameOf(earlier)} was done`
          verdicts.push({ invariant: 'I10', what, evidence: [record] })
        }
        running.begin(record)
      }
    }
  }
  return verdicts
}

function earlierUndone(
  { handler, position, process }: DeliveredRecord,
  log: LogIndex,
  consumer: FinalConsumer,
  state: ConsumerState,
  running: Running,
): FinalEvent | undefined {
  const event = log.at(position)
  if (event === undefined) return undefined
  return log
    .wantedBy(consumer)
    .find(
      (other) =>
        other.position < position &&
        other.type === event.type &&
        keyOf(other) === keyOf(event) &&
        !state.hasHandled(handler, other.position) &&
        !state.isDiscarded(other.position) &&
        !running.has(process, handler, other.position),
    )
}

/** What a process has run without a failure since; perhaps in the transaction that is still open. */
class Running {
  readonly #begun = new Set<string>()

  begin({ process, handler, position }: DeliveredRecord): void {
    this.#begun.add(`${process} ${handler} ${position}`)
  }

  end({ process, handler, position }: Pick<DeliveredRecord, 'process' | 'handler' | 'position'>): void {
    this.#begun.delete(`${process} ${handler} ${position}`)
  }

  has(process: string, handler: string, position: number): boolean {
    return this.#begun.has(`${process} ${handler} ${position}`)
  }
}
