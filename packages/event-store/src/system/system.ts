import type { Client, CopyTable, Json, Readiness, Service } from '@tidings/core'
import type { ConsumerOperations } from './consumer-operations.ts'
import type { ServiceMap } from './service-map.ts'

/** The context of `system.in`: a handler's, for any service of the system. */
export interface SystemContext {
  /** The service's database handle. */
  readonly db: unknown
  /** The service's copies, by name. */
  readonly copies: Readonly<Record<string, CopyTable<Record<string, Json>>>>
  /** The services that this one may call. */
  readonly call: Readonly<Record<string, Readonly<Record<string, (input: unknown) => Promise<unknown>>>>>
  readonly signal: AbortSignal
  /** A new UUID. */
  newId(): string
  /** Stages one of the service's events in the transaction. */
  publish(event: string, data: unknown): Promise<void>
}

/** The names of the services in a system. */
export type NameOf<S extends readonly Service[]> = S[number]['contract']['name']

/** Services that run together in this process. */
export interface System<S extends readonly Service[] = readonly Service[]> extends AsyncDisposable {
  /**
   * Starts everything: resolves when requests are taken and consumers work. `readiness` tells when they have caught up.
   *
   * @throws {ContractViolation} Settings are missing or wrong.
   * @throws {DatabaseOwnedByAnother} @throws {LogDiverged} @throws {StartPositionUnclear} Nothing was changed.
   */
  start(): Promise<void>
  /** Takes no more requests, finishes what is in hand, lets staged events reach the log, and closes everything. */
  stop(): Promise<void>
  /** The operations of a service that runs here, called as the program itself. */
  call<N extends NameOf<S>>(service: N): Client<Extract<S[number]['contract'], { name: N }>>
  /** Timers, scripts and tests: the same transaction, outbox and boundary as a handler. @param options.timeoutMs @default 30_000 */
  in<R>(service: NameOf<S>, work: (ctx: SystemContext) => Promise<R>, options?: { readonly timeoutMs?: number }): Promise<R>
  /**
   * Resolves when every consumer here has handled what is in the log, and what that led to. For tests and scripts.
   *
   * @param options.timeoutMs @default 10_000
   * @throws {NotReached}
   */
  settled(options?: { readonly timeoutMs?: number }): Promise<void>
  /** Whether the system can do its work now, and if not, why. */
  readiness(): Readiness
  /** What an operator does with the consumer of a service. */
  consumer(service: NameOf<S>): ConsumerOperations
  /** Who emits, who reacts, who calls, who copies which fields. */
  map(): ServiceMap
}
