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
  ReadOnlyTransaction,
  type Send,
} from '@tidings/core'
import { prepareEvent } from '../outbox/prepare-event.ts'
import type { HandlerHost } from './handler-host.ts'
import type { HandlerScope } from './handler-scope.ts'

/** What differs between the contexts of operations and of reactions. */
export interface ContextExtras {
  readonly meta?: Meta
  /** The operation's name. */
  readonly operation?: string
}

/** Builds the context that a handler is given. Its type is checked where the service is defined; here everything is unknown. */
export function createContext(host: HandlerHost, scope: HandlerScope, extras: ContextExtras = {}): object {
  const { service, runtime } = host
  const name = service.contract.name
  let guarded: unknown
  let copies: object | undefined
  let call: object | undefined
  return {
    settings: host.settings,
    ...(extras.meta === undefined ? {} : { meta: extras.meta }),
    principal: scope.origin.principal,
    get db(): unknown {
      scope.assertAlive('ctx.db')
      guarded ??= guardHandle(scope.database.tx.db, scope)
      return guarded
    },
    get signal(): AbortSignal {
      return scope.signal
    },
    get copies(): object {
      copies ??= copyTables(host, scope)
      return copies
    },
    get call(): object {
      call ??= clients(host, scope)
      return call
    },
    log: { info: (message: string, facts?: object) => runtime.logger.info(`${name}: ${message}`, facts) },
    newId: () => {
      scope.assertAlive('ctx.newId')
      return derivedId(`${scope.origin.key}\u001fid\u001f${scope.nextId()}`)
    },
    publish: async (event: string, data: unknown) => {
      scope.assertAlive('ctx.publish')
      if (scope.database.mode === 'read') throw new ReadOnlyTransaction({ subject: scope.origin.handler })
      const type = Object.hasOwn(service.contract.events, event) ? (service.contract.events[event] as AnyEventType) : undefined
      if (type === undefined) throw new EventNotOwned({ event, service: name })
      host.relay.assertRoom()
      scope.beginPublishing()
      const { correlationId, causationId, traceparent } = scope.origin
      const prepared = await prepareEvent(type, data, { service: name, correlationId, causationId, traceparent }, runtime, host.replayable)
      scope.assertAlive('ctx.publish')
      scope.staged.push(prepared)
    },
    fail: (reason: string, detail: unknown): never => {
      scope.assertAlive('ctx.fail')
      throw new OperationFailed({ service: name, operation: extras.operation ?? scope.origin.handler, reason, detail })
    },
  }
}

/** The database handle, dead once the handler has finished. Handles are objects of methods. */
function guardHandle(handle: unknown, scope: HandlerScope): unknown {
  if (typeof handle !== 'object' || handle === null) return handle
  return new Proxy(handle, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      return (...values: unknown[]): unknown => {
        scope.assertAlive(`ctx.db.${String(property)}`)
        return Reflect.apply(member, target, values)
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
  const { correlationId, causationId, traceparent, key } = scope.origin
  const send: Send = (request, signal) => {
    const called = `${request.service}.${request.operation}`
    scope.assertAlive(`ctx.call.${called}`)
    if (scope.isWriting) throw new CallInsideTransaction(request)
    const count = counts.get(called) ?? 0
    counts.set(called, count + 1)
    const sent: OperationRequest = {
      ...request,
      idempotencyKey: request.idempotencyKey ?? derivedId(`${key}\u001fcall\u001f${called}\u001f${count}`),
      correlationId,
      ...(causationId === undefined ? {} : { causationId }),
      ...(traceparent === undefined ? {} : { traceparent }),
      principal: `service:${host.service.contract.name}`,
    }
    return host.send(sent, AbortSignal.any([signal, scope.signal]))
  }
  return Object.fromEntries(
    Object.entries(host.service.uses).map(([alias, contract]) => [alias, createClient(contract, send, host.runtime)]),
  )
}
