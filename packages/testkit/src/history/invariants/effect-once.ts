import type { FinalConsumer } from '../final-state.ts'
import type { CommitRecord, HistoryRecord } from '../history-record.ts'
import { type LogIndex, nameOf } from '../log-index.ts'
import type { Verdict } from '../verdict.ts'
import type { Check } from './check.ts'

/** I12: a reaction takes effect once for each event, and what it wrote is there exactly as often as it took effect. */
export const effectOnce: Check = (history, log, final) => final.consumers.flatMap((consumer) => notOnce(history, log, consumer))

function notOnce(history: readonly HistoryRecord[], log: LogIndex, consumer: FinalConsumer): Verdict[] {
  const verdicts: Verdict[] = []
  const commits = history.filter((record) => record.kind === 'commit')
  for (const { handler, type, kind } of consumer.handlers) {
    if (kind !== 'reaction') continue
    const effects = new Map<string, number>()
    for (const effect of consumer.effects) if (effect.handler === handler) effects.set(effect.id, (effects.get(effect.id) ?? 0) + 1)
    for (const event of log.events.filter((one) => one.type === type)) {
      const handled = commits.filter((record) => isHandledBy(record, consumer.consumer, handler, event.position))
      const rows = effects.get(event.id) ?? 0
      effects.delete(event.id)
      if (handled.length <= 1 && rows === handled.length) continue
      const what = `${consumer.consumer} handled ${nameOf(event)} ${handled.length} times and has ${rows} rows of it`
      verdicts.push({ invariant: 'I12', what, evidence: handled })
    }
    for (const id of effects.keys())
      verdicts.push({ invariant: 'I12', what: `${consumer.consumer} has a row for ${id}, which is not in the log`, evidence: [] })
  }
  return verdicts
}

function isHandledBy({ changes }: CommitRecord, consumer: string, handler: string, position: number): boolean {
  return changes.some(
    (change) =>
      change.kind === 'handled' &&
      change.consumer === consumer &&
      change.handler === handler &&
      change.position === position &&
      !change.replay,
  )
}
