import type { Contract } from '../contracts/define-contract.ts'
import type { Principal } from './authenticator.ts'
import type { Json } from './ledger.ts'
import type { Readiness } from './readiness.ts'

/** A request on its way to the service that answers it, in process and over HTTP alike. */
export interface OperationRequest {
  readonly service: string
  readonly operation: string
  readonly input: unknown
  /** Milliseconds that the caller still waits. */
  readonly timeoutMs: number
  readonly idempotencyKey?: string
  readonly correlationId?: string
  readonly causationId?: string
  /** W3C trace context: what the request follows from. */
  readonly traceparent?: string
  /** What tracing systems add to that. */
  readonly tracestate?: string
  /** How often the same request was sent before. @default 0 */
  readonly resendCount?: number
  /** Who asks: `service:orders`, a user's id, or undefined for anyone. */
  readonly principal?: string
  /** The network address it came from, as the request server saw it. Never sent on. */
  readonly address?: string
}

/** The answer: the output, or a failure that can cross the wire. Never a stack, never a payload of another call. */
export type OperationAnswer =
  | { readonly ok: true; readonly output: Json }
  | {
      readonly ok: false
      readonly error: {
        /** `OPERATION_FAILED` for errors of the contract, else the code of the cause. */
        readonly code: string
        readonly message: string
        readonly retryable: boolean
        /** The name in the contract, with its facts. */
        readonly reason?: string
        readonly detail?: Json
        /** Every fault of an input that breaks its contract. */
        readonly faults?: readonly { readonly path: string; readonly message: string }[]
        readonly retryAfterMs?: number
      }
    }

/** Sends requests to services that run elsewhere: the port that request clients implement. */
export interface RequestClient {
  /**
   * Resolves with the answer, whatever it says.
   *
   * @throws {ServiceUnavailable} The service could not be reached; the request was not carried out.
   * @throws {RequestTimedOut} No answer within `timeoutMs`.
   */
  send(request: OperationRequest, signal?: AbortSignal): Promise<OperationAnswer>
  /** Lets go of every connection. */
  close(): Promise<void>
}

/** What a request server needs of the system it serves. */
export interface ServedSystem {
  readonly contracts: readonly Contract[]
  /**
   * Answers a request; whatever goes wrong is in the answer. Never rejects.
   *
   * @param principal Who asks, where the server has made sure of it.
   */
  answer(request: OperationRequest, signal: AbortSignal, principal?: Principal): Promise<OperationAnswer>
  /** Whether the system can do its work now, and if not, why. */
  readiness(): Readiness
}

/** Receives requests for a system: the port that request servers implement. */
export interface RequestServer {
  /** Listens; resolves when requests are taken. `/live` and `/ready` answer from now on. */
  start(system: ServedSystem): Promise<void>
  /**
   * Takes no new requests, finishes those in flight, and lets go of everything.
   *
   * @param hurry When it is aborted, those that are not finished are cut off.
   */
  stop(hurry?: AbortSignal): Promise<void>
}
