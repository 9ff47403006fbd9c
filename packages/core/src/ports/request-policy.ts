import type { AnyOperation } from '../contracts/define-operation.ts'
import type { OperationAnswer, OperationRequest } from './requests.ts'

/** Brings a request to the one who answers it. Called within the call itself, before anything is awaited. */
export type Send = (request: OperationRequest, signal: AbortSignal) => Promise<OperationAnswer>

/** One call of an operation, as a policy sees it. */
export interface PolicyCall {
  /** Its `timeoutMs` is the time that there is for all of the call. */
  readonly request: OperationRequest
  readonly operation: AnyOperation
  /** Aborted when the time is over (`RequestTimedOut`) or the caller has given up. Nothing is sent after that. */
  readonly signal: AbortSignal
}

/**
 * Guards the calls from service to service, in process and over HTTP alike: the port that policies implement. One policy sees
 * all calls of a system, so it knows how each service is doing.
 */
export interface RequestPolicy {
  /**
   * Carries out a call: sends its request once, again when a repetition can change nothing, or not at all. Whatever the last
   * attempt came to is the result.
   *
   * @param send Sends once. Each attempt's request says how much time is left.
   * @throws {ServiceUnavailable} It was not sent, or not taken.
   */
  run(call: PolicyCall, send: Send): Promise<OperationAnswer>
}
