import type { Position } from '@tidings/core'
import type { Consumer } from '../consumers/consumer.ts'
import type { LanePhase } from '../consumers/lane/lane-status.ts'
import { type ParkedEvent, type ParkedFilter, parkedRows } from '../consumers/parked/parked-events.ts'
import { discard, type RedriveResult, redrive } from '../consumers/parked/redrive.ts'
import { rebuild } from '../replay/rebuild.ts'
import { type ReplayOptions, type ReplayResult, replay } from '../replay/replay.ts'

/** Where a consumer stands in this instance. */
export interface ConsumerStatus {
  readonly name: string
  readonly phase: LanePhase
  /** Everything wanted at or under it is handled, parked or held. */
  readonly handledUpTo: Position
  /** Positions between it and the log's end. */
  readonly lag: number
  /** How long the event in hand has been tried, in milliseconds. */
  readonly tryingForMs: number
}

/** What an operator does with a service's consumer. `Copy`: the names of the service's copies. */
export interface ConsumerOperations<Copy extends string = string> {
  /** Where the consumer stands now. */
  status(): Promise<ConsumerStatus>
  /**
   * Resolves once everything wanted at or under the position is handled, parked or held.
   *
   * @param options.timeoutMs @default 10_000
   * @throws {NotReached}
   */
  reached(position: Position, options?: { readonly timeoutMs?: number }): Promise<void>
  /** The parked events and those held behind them, by key and then in order. */
  parked(): Promise<readonly ParkedEvent[]>
  /** Runs parked events, and what is held behind them, in the order of their keys; never past one that fails again. */
  redrive(filter?: ParkedFilter): Promise<RedriveResult>
  /** Gives parked events up, keeps them with the reason, and runs what was held behind them. */
  discard(filter: ParkedFilter, options: { readonly reason: string }): Promise<RedriveResult>
  /**
   * Builds a copy anew beside the old one, and swaps in one step.
   *
   * @throws {DefinitionInvalid} The service has no such copy.
   */
  rebuild(copy: Copy): Promise<void>
  /**
   * Handles events again: copies, and reactions only when named. The checkpoint stays where it is.
   *
   * @throws {DefinitionInvalid} The service has no such reaction.
   */
  replay(options?: ReplayOptions): Promise<ReplayResult>
}

/** The operations of one consumer; the signal ends long ones when the system stops. */
export function consumerOperations(consumer: Consumer, signal: AbortSignal): ConsumerOperations {
  const { context, status } = consumer
  return {
    status: async () => {
      const sealed = await context.log.sealed()
      const handledUpTo = Math.min(status.handledUpTo, sealed)
      return { name: context.config.name, phase: status.phase, handledUpTo, lag: sealed - handledUpTo, tryingForMs: status.tryingForMs }
    },
    reached: (position, options) => consumer.reached(position, options),
    parked: async () => {
      const events: ParkedEvent[] = []
      for await (const { state, event, attempts, error, at } of parkedRows(context))
        events.push({ state, event, attempts, error, at: new Date(at) })
      return events
    },
    redrive: (filter = {}) => redrive(context, filter, signal),
    discard: (filter, { reason }) => discard(context, filter, reason, signal),
    rebuild: (copy) => rebuild(context, copy, signal),
    replay: (options = {}) => replay(context, options, signal),
  }
}
