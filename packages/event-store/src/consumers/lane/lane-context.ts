import type { EventLog } from '@tidings/core'
import type { HandlerHost } from '../../handlers/handler-host.ts'
import type { Holder } from '../../ledger/tables.ts'
import type { HandlerPlan } from './handler-plan.ts'
import type { ConsumerConfig } from './resolve-consumer.ts'

/** Lanes are numbered from 0. Every consumer has one; the number stands in every key, so that more can come. */
export const onlyLane = 0

/** What all parts of a consumer's work share. */
export interface LaneContext {
  readonly host: HandlerHost
  readonly config: ConsumerConfig
  readonly log: EventLog
  readonly logId: string
  readonly plan: HandlerPlan
  /** The types wanted, as the log is asked for them. */
  readonly types: readonly string[]
  readonly holder: Holder
  /** Whether the holder's process is seen to be gone. A wrong guess costs nothing: epochs fence. */
  readonly isGone: (holder: Holder) => boolean
}
