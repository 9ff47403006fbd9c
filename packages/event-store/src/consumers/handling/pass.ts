import type { LedgerTransaction, Position, StoredEvent } from '@tidings/core'
import type { StepResult } from '../lane/lane-step.ts'
import type { Retry } from '../lane/retry.ts'
import type { Selection } from './apply-events.ts'
import type { Outcome } from './retry-event.ts'

/** A way through the log: the lane's own, or that of one handler which has something to make up for. */
export interface Pass {
  readonly selection: Selection
  /** The row that counts the attempts at the event in hand; of its own, for the lane's own event may be waiting for its next one. */
  readonly attemptsKey: string
  /** The lane's checkpoint now. */
  from(): Position
  /** What moves on once everything up to the event is handled. */
  advance(tx: LedgerTransaction<unknown>, event: StoredEvent): Promise<StepResult>
  /** Called before an event is tried alone. */
  began(event: StoredEvent): void
  /** Called when it has failed and before it is tried again. */
  failed(retry: Retry): void
  /** Called after the commit, with the events settled and how many of them ended in which way. */
  passed(events: readonly StoredEvent[], outcomes: Readonly<Partial<Record<Outcome | 'skipped', number>>>): void
}
