import type { Json, Ledger, LedgerReader, RequestPolicy, Runtime, Send, Service } from '@tidings/core'
import type { Relay } from '../outbox/relay.ts'
import type { MeasuredOperations } from './measured-operations.ts'
import type { RunningKeys } from './running-keys.ts'
import type { WorkInHand } from './work-in-hand.ts'

/** Reads of a service's copies, as the handlers' context needs them. */
export interface CopyReads {
  get(reader: LedgerReader, copy: string, key: string): Promise<Json | undefined>
  find(
    reader: LedgerReader,
    copy: string,
    where: Readonly<Record<string, string | number | boolean | null>>,
    limit: number,
  ): Promise<readonly Json[]>
}

/** What every handler of one service works with. */
export interface HandlerHost {
  readonly service: Service
  readonly ledger: Ledger
  readonly relay: Relay
  readonly running: RunningKeys
  /** What runs now, of all services here. */
  readonly inHand: WorkInHand
  /** Aborted when handlers have no more time, for the system stops. */
  readonly cut: AbortSignal
  readonly runtime: Runtime
  readonly settings: unknown
  readonly copies: CopyReads
  /** Sends a request to the service that answers it, here or elsewhere. */
  readonly send: Send
  /** Guards the calls to other services, wherever those run. */
  readonly policy: RequestPolicy
  /** Tells traces and metrics of the requests that were answered. */
  readonly measured: MeasuredOperations
  /** Event types whose data was seen to parse twice to the same. */
  readonly replayable: Set<string>
}
