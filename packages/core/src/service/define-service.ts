import type { Contract } from '../contracts/define-contract.ts'
import type { AnyEventType, ConsumedEvent } from '../contracts/define-event.ts'
import type { AnyOperation } from '../contracts/define-operation.ts'
import type { OutputOf, Schema } from '../contracts/schema.ts'
import { DefinitionInvalid } from '../errors/contract-errors.ts'
import type { ServiceDatabase } from '../ports/ledger.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import type { Context, Handlers, Meta, ReactionContext } from './context.ts'
import type { CopyInto, CopyRemoval, CopyWrite, Reaction, Subscription } from './subscription.ts'
import type { Timer, TimerOptions } from './timer.ts'

/**
 * A service: its contract with everything that implements it. Given to `createSystem`.
 *
 * @typeParam Ctx What its handlers are given; unknown where only the contract is known.
 */
// biome-ignore lint/suspicious/noExplicitAny: the default stands for whatever contract
export interface Service<C extends Contract = any, out Ctx = unknown> {
  readonly contract: C
  readonly uses: Readonly<Record<string, Contract>>
  readonly database: ServiceDatabase | undefined
  readonly settings: Schema | undefined
  readonly consumer: ConsumerOptions
  readonly subscriptions: readonly Subscription[]
  readonly timers: readonly Timer[]
  /** A handler for each operation, by its name. */
  readonly handlers: Readonly<Record<string, (input: unknown, ctx: unknown) => Promise<unknown>>>
  /** Types only; never present at run time. */
  readonly '~context'?: Ctx
}

/** Collects what a service does. Every method answers a new builder; `implement` ends it. */
export interface ServiceBuilder<C extends Contract, Uses, Db, Settings, Copies> {
  /** Keeps a local copy of another service's data, one row per event key. Replay may always rebuild it. */
  copy<const Into extends string, Fields>(
    event: ConsumedEvent<Fields>,
    options: { into: Into },
  ): ServiceBuilder<C, Uses, Db, Settings, Copies & { [K in Into]: Fields }>
  /** Removes the event's key from a copy. Several events may feed one copy; of each field the newest value stays. */
  copy<Fields>(event: ConsumedEvent<Fields>, options: { removeFrom: keyof Copies & string }): ServiceBuilder<C, Uses, Db, Settings, Copies>
  /** The same with a hand-written, idempotent write. */
  copy<Fields>(
    event: ConsumedEvent<Fields>,
    write: (data: Fields, ctx: { db: Db; meta: Meta }) => Promise<void>,
  ): ServiceBuilder<C, Uses, Db, Settings, Copies>
  /**
   * Reacts with effects. A replay leaves it out unless asked by name. New to a log that holds such events already, it must
   * say `from`. A second reaction to the same event needs a `name` of its own.
   */
  on<Fields>(
    event: ConsumedEvent<Fields>,
    handler: (data: Fields, ctx: ReactionContext<C, Uses, Db, Settings, Copies>) => Promise<void>,
    options?: { from?: 'beginning' | 'now'; name?: string },
  ): ServiceBuilder<C, Uses, Db, Settings, Copies>
  /**
   * Runs the handler when the system starts, before requests are taken, and then again and again, in every instance of the
   * service: what only one of them may do is for its transaction to find out. When the first run fails the system does not
   * start; when a later one fails, that is logged, and the next one comes in its time.
   */
  every(
    name: string,
    options: TimerOptions,
    handler: (ctx: Context<C, Uses, Db, Settings, Copies>) => Promise<void>,
  ): ServiceBuilder<C, Uses, Db, Settings, Copies>
  /** Every operation of the contract, no more and no less. */
  implement(handlers: Handlers<C, Uses, Db, Settings, Copies>): Service<C, Context<C, Uses, Db, Settings, Copies>>
}

/** What a service is made of besides its handlers. */
export interface ServiceOptions<Uses, Db, S> {
  /** Contracts of the services that this one may call. */
  readonly uses?: Uses
  /** @default a SQLite file of its own, without a handle for the handlers */
  readonly database?: ServiceDatabase<Db>
  /** Describes the settings, read from the environment by default. */
  readonly settings?: S
  readonly consumer?: ConsumerOptions
}

/**
 * Begins the definition of a service.
 *
 * @throws {DefinitionInvalid} From `copy`, `on` or `implement`: a name is taken, or a handler is missing or has no operation.
 */
export function defineService<
  C extends Contract,
  // biome-ignore lint/complexity/noBannedTypes: {} is "uses nothing", as keyof sees it
  Uses extends Record<string, Contract> = {},
  Db = undefined,
  // biome-ignore lint/complexity/noBannedTypes: {} is "no settings"
  S extends Schema = Schema<{}, {}>,
  // biome-ignore lint/complexity/noBannedTypes: {} is "no copies yet"
>(contract: C, options: ServiceOptions<Uses, Db, S> = {}): ServiceBuilder<C, Uses, Db, OutputOf<S>, {}> {
  // biome-ignore lint/complexity/noBannedTypes: as above
  return builder<C, Uses, Db, OutputOf<S>, {}>({
    contract,
    uses: options.uses ?? {},
    database: options.database,
    settings: options.settings,
    consumer: options.consumer ?? {},
    subscriptions: [],
    timers: [],
    handlers: {},
  })
}

function builder<C extends Contract, Uses, Db, Settings, Copies>(service: Service<C>): ServiceBuilder<C, Uses, Db, Settings, Copies> {
  // One implementation for overloads whose types only differ in what they promise the caller.
  const add = (subscription: Subscription): never =>
    builder({ ...service, subscriptions: [...service.subscriptions, checked(service, subscription)] }) as never
  return {
    copy: (event: AnyEventType, target: { into: string } | { removeFrom: string } | CopyWrite['write']) => {
      if (typeof target === 'function')
        return add({ kind: 'copy-write', event, name: nameFor(service, `copy ${event.name}`), write: target } satisfies CopyWrite)
      if ('into' in target) return add({ kind: 'copy-into', event, copy: target.into } satisfies CopyInto)
      return add({ kind: 'copy-removal', event, copy: target.removeFrom } satisfies CopyRemoval)
    },
    on: (event, handler, options = {}) =>
      add({
        kind: 'reaction',
        event,
        name: options.name ?? event.name,
        from: options.from,
        handler: handler as Reaction['handler'],
      } satisfies Reaction),
    every: (name: string, { intervalMs, timeoutMs = 30_000 }: TimerOptions, handler: Timer['handler']) =>
      builder({ ...service, timers: [...service.timers, checkedTimer(service, { name, intervalMs, timeoutMs, handler })] }),
    implement: (handlers) => Object.freeze({ ...service, handlers: checkedHandlers(service, handlers as unknown as Service['handlers']) }),
  } as ServiceBuilder<C, Uses, Db, Settings, Copies>
}

/** Hand-written copies of one event are numbered from the second on. */
function nameFor(service: Service, name: string): string {
  const taken = service.subscriptions.filter(
    (other) => other.kind === 'copy-write' && (other.name === name || other.name.startsWith(`${name} `)),
  )
  return taken.length === 0 ? name : `${name} ${taken.length + 1}`
}

function checked(service: Service, subscription: Subscription): Subscription {
  const subject = `service ${service.contract.name}`
  if (
    subscription.kind === 'reaction' &&
    service.subscriptions.some((other) => other.kind === 'reaction' && other.name === subscription.name)
  ) {
    throw new DefinitionInvalid({
      subject,
      reason: `it has two reactions named ${subscription.name}`,
      remedy: 'Give the second one a name: on(event, handler, { name }).',
    })
  }
  if (subscription.kind === 'copy-into' && !/^[a-z][A-Za-z0-9]{0,40}$/.test(subscription.copy)) {
    throw new DefinitionInvalid({
      subject,
      reason: `the copy's name "${subscription.copy}" is not usable`,
      remedy: 'Name it like customers or priceLists, at most 41 letters and digits.',
    })
  }
  if (
    subscription.kind === 'copy-removal' &&
    !service.subscriptions.some((other) => other.kind === 'copy-into' && other.copy === subscription.copy)
  ) {
    throw new DefinitionInvalid({
      subject,
      reason: `it removes from a copy ${subscription.copy} that nothing feeds`,
      remedy: 'Declare copy(event, { into }) before it.',
    })
  }
  return subscription
}

function checkedTimer(service: Service, timer: Timer): Timer {
  const subject = `timer ${timer.name} of service ${service.contract.name}`
  if (service.timers.some(({ name }) => name === timer.name))
    throw new DefinitionInvalid({
      subject,
      reason: 'the service has one of this name already',
      remedy: 'Give each timer a name of its own.',
    })
  for (const [name, ms] of Object.entries({ intervalMs: timer.intervalMs, timeoutMs: timer.timeoutMs })) {
    if (!Number.isSafeInteger(ms) || ms < 1)
      throw new DefinitionInvalid({ subject, reason: `${name} ${ms} is not a whole number from 1`, remedy: 'Give it in milliseconds.' })
  }
  return timer
}

function checkedHandlers(service: Service, handlers: Service['handlers']): Service['handlers'] {
  const operations = Object.keys(service.contract.operations as Record<string, AnyOperation>)
  const missing = operations.filter((name) => typeof handlers[name] !== 'function')
  const extra = Object.keys(handlers).filter((name) => !operations.includes(name))
  if (missing.length > 0 || extra.length > 0) {
    const faults = [
      missing.length > 0 ? `it does not implement ${missing.join(', ')}` : '',
      extra.length > 0 ? `it implements ${extra.join(', ')}, which its contract does not have` : '',
    ]
    throw new DefinitionInvalid({
      subject: `service ${service.contract.name}`,
      reason: faults.filter((fault) => fault !== '').join(' and '),
      remedy: 'Implement every operation of the contract and no other.',
    })
  }
  return handlers
}
