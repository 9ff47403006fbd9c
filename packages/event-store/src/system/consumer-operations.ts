import type { Position } from '@tidings/core'
import type { Consumer } from '../consumers/consumer.ts'
import type { LanePhase } from '../consumers/lane/lane-status.ts'
import type { Retry } from '../consumers/lane/retry.ts'
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
  /** Set while that event is tried again after it has failed. */
  readonly retry: Retry | undefined
  /** Set while this instance stands by: who holds the lane. */
  readonly heldBy: LaneHolder | undefined
}

/** An instance that holds a lane. */
export interface LaneHolder {
  readonly instance: string
  readonly pid: number
  /** The name of the machine that it runs on, where it is known. */
  readonly machine: string | undefined
}

/** What an operator does with a service's consumer. `Copy`: the names of the service's copies. */
export interface ConsumerOperations<Copy extends string = string> {
  /** Where the consumer stands now. */
  status(): Promise<ConsumerStatus>
  /**
   * Resolves once everything wanted at or under the position is handled, parked or held, in whichever instance, and no handler
   * has anything left to make up for.
   *
   * @param options.timeoutMs @default 10_000
   * @throws {NotReached}
   */
  reached(position: Position, options?: { readonly timeoutMs?: number }): Promise<void>
  /** The parked events and those held behind them, by key and then in order. */
  parked(): Promise<readonly ParkedEvent[]>
  /**
   * Runs parked events, and what is held behind them, in the order of their keys; never past one that fails again.
   *
   * @throws {EventNotParked} The filter names an event that is neither parked nor held.
   */
  redrive(filter?: ParkedFilter): Promise<RedriveResult>
  /**
   * Gives parked events up, keeps them with the reason, and runs what was held behind them.
   *
   * @throws {EventNotParked} The filter names an event that is not parked.
   */
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
      const { phase, tryingForMs, retry, heldBy } = status
      return {
        name: context.config.name,
        phase,
        handledUpTo,
        lag: sealed - handledUpTo,
        tryingForMs,
        retry,
        heldBy: heldBy === undefined ? undefined : { instance: heldBy.instance, pid: heldBy.pid, machine: heldBy.machine },
      }
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
