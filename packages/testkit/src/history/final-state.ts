import type { Seen } from './history-record.ts'

/** An event as the log holds it in the end. */
export interface FinalEvent extends Seen {
  readonly service: string
  readonly type: string
  readonly key: string
}

/** A handler that a consumer keeps the progress of. */
export interface WantedBy {
  readonly handler: string
  readonly type: string
  /** Reactions take effect once; copies may be written again. */
  readonly kind: 'reaction' | 'copy'
}

/** A consumer: what it wants, and what it left in its database. */
export interface FinalConsumer {
  readonly consumer: string
  readonly handlers: readonly WantedBy[]
  /** An event is tried this often before it is parked. */
  readonly attempts: number
  readonly checkpoint: number
  /** Ids of the events that are parked or held in the end. */
  readonly waiting: readonly string[]
  /** For each row that a reaction wrote, the reaction and the id of the event it was written for. */
  readonly effects: readonly { readonly handler: string; readonly id: string }[]
}

/** What is there once everything has drained and stopped. */
export interface FinalState {
  /** Every event of the log, in order. */
  readonly events: readonly FinalEvent[]
  /** Positions that hold no event and never will, where the log skips some. @default none */
  readonly closed?: readonly number[]
  readonly consumers: readonly FinalConsumer[]
  /** Ids of events that are still staged. */
  readonly staged: readonly string[]
  /** What should have ended and did not, in words. */
  readonly unfinished: readonly string[]
}
