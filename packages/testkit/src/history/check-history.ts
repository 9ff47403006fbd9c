import type { FinalState } from './final-state.ts'
import type { HistoryRecord } from './history-record.ts'
import { attempts } from './invariants/attempts.ts'
import type { Check } from './invariants/check.ts'
import { checkpointSafety } from './invariants/checkpoint-safety.ts'
import { effectOnce } from './invariants/effect-once.ts'
import { fencing } from './invariants/fencing.ts'
import { noSkip } from './invariants/no-skip.ts'
import { nothingInvented } from './invariants/nothing-invented.ts'
import { nothingLost } from './invariants/nothing-lost.ts'
import { onePosition } from './invariants/one-position.ts'
import { orderPerKey } from './invariants/order-per-key.ts'
import { outbox } from './invariants/outbox.ts'
import { writersOrder } from './invariants/writers-order.ts'
import { LogIndex } from './log-index.ts'
import type { Verdict } from './verdict.ts'

const checks: readonly Check[] = [
  nothingLost,
  nothingInvented,
  onePosition,
  writersOrder,
  noSkip,
  checkpointSafety,
  orderPerKey,
  attempts,
  effectOnce,
  fencing,
  outbox,
]

/**
 * Judges the history of a run, together with what it left behind, by the invariants of docs/reliability.md that concern events:
 * I1 to I14, I16 and I17.
 *
 * @param history Everything recorded, in the order in which it happened.
 * @param final What is there once everything has drained and stopped.
 * @returns What does not hold; nothing when all does.
 */
export function checkHistory(history: readonly HistoryRecord[], final: FinalState): readonly Verdict[] {
  const log = new LogIndex(final)
  return [
    ...final.unfinished.map((what): Verdict => ({ invariant: 'I16', what, evidence: [] })),
    ...checks.flatMap((check) => check(history, log, final)),
  ]
}
