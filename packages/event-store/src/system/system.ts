import type { Client, Readiness, Service } from '@tidings/core'
import type { HasReach } from '../boundaries/check-boundaries.ts'
import type { ConsumerOperations } from './consumer-operations.ts'
import type { ContextOf, CopyNameOf, NameOf } from './context-of.ts'
import type { ServiceMap } from './service-map.ts'

/** Services that run together in this process. */
export interface System<S extends readonly Service[] = readonly Service[]> extends AsyncDisposable, HasReach {
  /**
   * Starts everything: resolves when requests are taken and consumers work. `readiness` tells when they have caught up.
   *
   * @throws {ContractViolation} Settings are missing or wrong.
   * @throws {DatabaseOwnedByAnother} @throws {LogDiverged} @throws {StartPositionUnclear} Nothing was changed.
   */
  start(): Promise<void>
  /**
   * Takes no more requests, finishes what is in hand, lets staged events reach the log, and closes everything, within
   * `stopMs`.
   *
   * @throws {StopTimedOut} Something was cut off or could not be closed. No event is lost.
   */
  stop(): Promise<void>
  /** What keeps the system from having stopped, in words: handlers that run, and events that wait for the log. */
  unfinished(): readonly string[]
  /** The operations of a service that runs here, called as the program itself. @throws {ServiceNotInSystem} */
  call<N extends NameOf<S>>(service: N): Client<Extract<S[number]['contract'], { name: N }>>
  /**
   * Timers, scripts and tests: the same context, transaction, outbox and boundary as a handler of the service.
   *
   * @param options.timeoutMs @default 30_000
   * @throws {ServiceNotInSystem}
   */
  in<N extends NameOf<S>, R>(service: N, work: (ctx: ContextOf<S, N>) => Promise<R>, options?: { readonly timeoutMs?: number }): Promise<R>
  /**
   * Resolves when every service here has handled what is in the log, and what that led to, rebuilds included: in this
   * instance, or in the one that it stands by for. For tests and scripts.
   *
   * @param options.timeoutMs @default 10_000
   * @throws {NotReached} A consumer did not get to the end of the log in time.
   * @throws {NotSettled} Staged events did not reach the log in time.
   */
  settled(options?: { readonly timeoutMs?: number }): Promise<void>
  /** Whether the system can do its work now, and if not, why. */
  readiness(): Readiness
  /** What an operator does with the consumer of a service. @throws {ServiceNotInSystem} */
  consumer<N extends NameOf<S>>(service: N): ConsumerOperations<CopyNameOf<S, N>>
  /** Who emits, who reacts, who calls, who copies which fields. */
  map(): ServiceMap
}
