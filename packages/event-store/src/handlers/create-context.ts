import {
  type AnyEventType,
  CallInsideTransaction,
  createClient,
  derivedId,
  EventNotOwned,
  type LedgerReader,
  type Meta,
  OperationFailed,
  type OperationRequest,
  type Principal,
  ReadOnlyTransaction,
  RequestTimedOut,
} from '@tidings/core'
import { prepareEvent } from '../outbox/prepare-event.ts'
import { publishSpan } from '../telemetry/event-spans.ts'
import { withinSpan } from '../telemetry/within-span.ts'
import { CommittedFailure } from './committed-failure.ts'
import type { HandlerHost } from './handler-host.ts'
import type { HandlerScope } from './handler-scope.ts'
import { timeWithin } from './time-within.ts'

/** What differs between the contexts of operations and of reactions. */
export interface ContextExtras {
  /** Where the event came from. */
  readonly meta?: () => Meta
  /** The operation's name. */
  readonly operation?: string
}

/** Builds the context that a handler is given. Its type is checked where the service is defined; here everything is unknown. */
export function createContext(host: HandlerHost, scope: HandlerScope, extras: ContextExtras = {}): object {
  return new HandlerContext(host, scope, extras)
}

/**
 * One is made for every event, so all it holds is made at its first use. Every member is a getter: a handler may take the
 * context apart.
 */
class HandlerContext {
  readonly #host: HandlerHost
  readonly #scope: HandlerScope
  readonly #extras: ContextExtras
  #db: unknown
  #copies: object | undefined
  #call: object | undefined
  #meta: Meta | undefined

  constructor(host: HandlerHost, scope: HandlerScope, extras: ContextExtras) {
    this.#host = host
    this.#scope = scope
    this.#extras = extras
  }

  get db(): unknown {
    this.#scope.assertAlive('ctx.db')
    this.#db ??= guardHandle(this.#scope.database.tx.db, this.#scope)
    return this.#db
  }

  get settings(): unknown {
    return this.#host.settings
  }

  get meta(): Meta | undefined {
    this.#meta ??= this.#extras.meta?.()
    return this.#meta
  }

  get principal(): Principal {
    return this.#scope.origin.principal
  }

  get signal(): AbortSignal {
    return this.#scope.signal
  }

  get address(): string | undefined {
    return this.#scope.origin.address
  }

  get look(): (work: (db: unknown) => Promise<unknown>) => Promise<unknown> {
    return async (work) => {
      const scope = this.#scope
      scope.assertAlive('ctx.look')
      if (scope.isWriting || scope.database.mode === 'read') return work(this.db)
      return this.#host.ledger.read((reader) => work(guardHandle(reader.db, scope, 'ctx.look')))
    }
  }

  get copies(): object {
    this.#copies ??= copyTables(this.#host, this.#scope)
    return this.#copies
  }

  get call(): object {
    this.#call ??= clients(this.#host, this.#scope)
    return this.#call
  }

  get log(): object {
    const { service, runtime } = this.#host
    return { info: (message: string, facts?: object) => runtime.logger.info(`${service.contract.name}: ${message}`, facts) }
  }

  get newId(): () => string {
    return () => {
      this.#scope.assertAlive('ctx.newId')
      return derivedId(`${this.#scope.origin.key}\u001fid\u001f${this.#scope.nextId()}`)
    }
  }

  get publish(): (event: string, data: unknown) => Promise<void> {
    return (event, data) => publish(this.#host, this.#scope, event, data)
  }

  get fail(): (reason: string, detail: unknown) => never {
    return (reason, detail) => {
      throw this.#failure('ctx.fail', reason, detail)
    }
  }

  get commitAndFail(): (reason: string, detail: unknown) => never {
    return (reason, detail) => {
      throw new CommittedFailure(this.#failure('ctx.commitAndFail', reason, detail))
    }
  }

  #failure(used: string, reason: string, detail: unknown): OperationFailed {
    this.#scope.assertAlive(used)
    const operation = this.#extras.operation ?? this.#scope.origin.handler
    return new OperationFailed({ service: this.#host.service.contract.name, operation, reason, detail })
  }
}

async function publish(host: HandlerHost, scope: HandlerScope, event: string, data: unknown): Promise<void> {
  scope.assertAlive('ctx.publish')
  const { contract } = host.service
  if (scope.database.mode === 'read') throw new ReadOnlyTransaction({ subject: scope.origin.handler })
  const type = Object.hasOwn(contract.events, event) ? (contract.events[event] as AnyEventType) : undefined
  if (type === undefined) throw new EventNotOwned({ event, service: contract.name })
  host.relay.assertRoom()
  scope.beginPublishing()
  const { correlationId, causationId } = scope.origin
  const span = publishSpan(type.name, scope.origin.trace)
  const by = { service: contract.name, correlationId, causationId, trace: span.trace }
  const prepared = await withinSpan(span, () => prepareEvent(type, data, by, host.runtime, host.replayable))
  scope.assertAlive('ctx.publish')
  scope.stage(prepared)
}

/** The database handle, dead once the handler has finished. Handles are objects of methods, and so is what they answer at once: a collection, a cursor. */
function guardHandle(handle: unknown, scope: HandlerScope, name = 'ctx.db'): unknown {
  if (typeof handle !== 'object' || handle === null || handle instanceof Promise) return handle
  return new Proxy(handle, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      const used = `${name}.${String(property)}`
      return (...values: unknown[]): unknown => {
        scope.assertAlive(used)
        return guardHandle(Reflect.apply(member, target, values), scope, used)
      }
    },
  })
}

function copyTables(host: HandlerHost, scope: HandlerScope): object {
  // Inside the transaction its own view; before it a look of its own, which holds nothing open.
  const look = <R>(work: (reader: LedgerReader) => Promise<R>): Promise<R> => {
    scope.assertAlive('ctx.copies')
    return scope.isWriting || scope.database.mode === 'read' ? work(scope.database.tx) : host.ledger.read(work)
  }
  const names = new Set(
    host.service.subscriptions.flatMap((subscription) => (subscription.kind === 'copy-into' ? [subscription.copy] : [])),
  )
  return Object.fromEntries(
    [...names].map((copy) => [
      copy,
      {
        get: (key: string) => look((reader) => host.copies.get(reader, copy, key)),
        find: (where: Record<string, string | number | boolean | null>, options: { limit?: number } = {}) =>
          look((reader) => host.copies.find(reader, copy, where, options.limit ?? 1_000)),
      },
    ]),
  )
}

function clients(host: HandlerHost, scope: HandlerScope): object {
  const counts = new Map<string, number>()
  const prepare = (request: OperationRequest): { readonly request: OperationRequest; readonly signal: AbortSignal } => {
    const called = `${request.service}.${request.operation}`
    scope.assertAlive(`ctx.call.${called}`)
    if (scope.isWriting) throw new CallInsideTransaction(request)
    const count = counts.get(called) ?? 0
    counts.set(called, count + 1)
    return { request: fromHandler(host, scope, request, `call\u001f${called}\u001f${count}`), signal: scope.signal }
  }
  const { runtime, policy, send } = host
  return Object.fromEntries(
    Object.entries(host.service.uses).map(([alias, contract]) => [alias, createClient(contract, send, { runtime, policy, prepare })]),
  )
}

/** The request with all that is known of the handler that makes it. @throws {RequestTimedOut} The handler has no time for it. */
function fromHandler(host: HandlerHost, scope: HandlerScope, request: OperationRequest, name: string): OperationRequest {
  const { correlationId, causationId, trace, key } = scope.origin
  const timeoutMs = Math.min(request.timeoutMs, timeWithin(scope.until - host.runtime.clock.monotonic()))
  if (timeoutMs < 1) throw new RequestTimedOut({ ...request, timeoutMs: 0 })
  return {
    ...request,
    timeoutMs,
    idempotencyKey: request.idempotencyKey ?? derivedId(`${key}\u001f${name}`),
    correlationId,
    ...(causationId === undefined ? {} : { causationId }),
    ...(trace.traceparent === undefined ? {} : { traceparent: trace.traceparent }),
    ...(trace.tracestate === undefined ? {} : { tracestate: trace.tracestate }),
    principal: `service:${host.service.contract.name}`,
  }
}
