import type { Contract } from '../contracts/define-contract.ts'
import type { EventType } from '../contracts/define-event.ts'
import type { TypesOf } from '../contracts/define-operation.ts'
import type { Principal } from '../ports/authenticator.ts'
import type { Logger } from '../ports/runtime.ts'
import type { Client } from '../requests/asking/client.ts'

/** Where an event came from. */
export interface Meta {
  readonly id: string
  readonly key: string
  readonly position: number
  /** When it was published. */
  readonly time: Date
  readonly service: string
  readonly correlationId: string
  readonly causationId?: string
  /** True when the event is handled again by a replay or rebuild. */
  readonly replay: boolean
  /** The same at every delivery of this event to this handler: give it to systems outside the database. */
  readonly idempotencyKey: string
}

/** What a publisher gives an event. */
export type InOf<E> = E extends EventType<infer _Name, infer In, infer _Fields> ? In : never
/** The errors of an operation's contract, each with its facts. */
export type FailArguments<D, E = TypesOf<D>['errors']> = {
  [K in keyof E & string]: [reason: K, detail: E[K] extends { given: infer Given } ? Given : never]
}[keyof E & string]

/** One local copy: the picked fields of the newest event per key. */
export interface CopyTable<Fields> {
  /** The copy of one key; undefined where no event was seen, or one that removes it. */
  get(key: string): Promise<Fields | undefined>
  /** Those whose fields equal all that is given, in order of their keys. @param options.limit 1 to 10,000. @default 1000 */
  find(where: Partial<Fields>, options?: { limit?: number }): Promise<Fields[]>
}

/**
 * What a handler is given. It looks (`copies`), asks (`call`), then writes (`db`, `publish`): its transaction opens at the
 * first use of `db` or `publish` and commits when the handler returns. After that, everything here throws `HandlerFinished`.
 */
export interface Context<C extends Contract, Uses, Db, Settings, Copies> {
  /** The service's own database, inside this handler's transaction. Queries can only read. */
  readonly db: Db
  /** The service's settings, validated at start. */
  readonly settings: Settings
  /**
   * Reads the service's own database without opening the transaction, so that slow work may follow before anything is locked.
   * Sees one snapshot, given up when `work` ends: look again through `db` before writing what depends on it.
   */
  look<R>(work: (db: Db) => Promise<R>): Promise<R>
  readonly copies: { readonly [K in keyof Copies]: CopyTable<Copies[K]> }
  /** The services named in `uses`. Refused while the transaction is open (`CallInsideTransaction`). */
  readonly call: { readonly [K in keyof Uses]: Uses[K] extends Contract ? Client<Uses[K]> : never }
  /** Aborted when the handler's time is up or the caller has gone. */
  readonly signal: AbortSignal
  /** Writes a line to the service's log, with facts beside it. */
  readonly log: Pick<Logger, 'info'>
  /** A new UUID; the same ones again when a handler with a key runs again. */
  newId(): string
  /**
   * Stages one of this service's own events in the handler's transaction. Once that commits, the event reaches the log
   * whatever dies.
   *
   * @throws {ContractViolation} The data does not fit the event's schema.
   * @throws {StoreOverloaded} The outbox is full.
   */
  publish<K extends keyof C['events'] & string>(event: K, data: InOf<C['events'][K]>): Promise<void>
}

/** The context of an operation's handler. */
export interface OperationContext<C extends Contract, Uses, Db, Settings, Copies, D> extends Context<C, Uses, Db, Settings, Copies> {
  readonly principal: Principal
  /** The network address of the caller as the request server saw it; undefined for calls within the process. */
  readonly address: string | undefined
  /** Ends the handler with an error of the contract. Its transaction is rolled back, and no answer is kept. */
  fail(...reason: FailArguments<D>): never
  /**
   * Ends the handler with an error of the contract, and commits what it wrote and published: for a refusal that must leave
   * something behind. No answer is kept. A query has nothing to commit.
   */
  commitAndFail(...reason: FailArguments<D>): never
}

/** The context of a reaction. */
export interface ReactionContext<C extends Contract, Uses, Db, Settings, Copies> extends Context<C, Uses, Db, Settings, Copies> {
  readonly meta: Meta
}

/** A handler for every operation of a contract. */
export type Handlers<C extends Contract, Uses, Db, Settings, Copies> = {
  [K in keyof C['operations']]: (
    input: TypesOf<C['operations'][K]>['handlerIn'],
    ctx: OperationContext<C, Uses, Db, Settings, Copies, C['operations'][K]>,
  ) => Promise<TypesOf<C['operations'][K]>['handlerOut']>
}
