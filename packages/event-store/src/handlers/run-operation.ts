import {
  type AnyOperation,
  answerRequest,
  HandlerTimedOut,
  type Json,
  newId,
  type OperationAnswer,
  type OperationRequest,
  type Principal,
} from '@tidings/core'
import { answerKey } from './answer-keys.ts'
import { createContext } from './create-context.ts'
import type { HandlerHost } from './handler-host.ts'
import { type HandlerDatabase, HandlerScope, type Origin } from './handler-scope.ts'
import { type FinishRun, runCommand } from './run-command.ts'
import { settleWithin } from './settle-within.ts'

/**
 * Answers a request for an operation of the service: checks the input, then runs the handler on a snapshot (queries) or in its
 * transaction (commands), where an idempotency key is answered once.
 */
export function runOperation(
  host: HandlerHost,
  operation: AnyOperation,
  request: OperationRequest,
  principal: Principal,
  signal: AbortSignal,
): Promise<OperationAnswer> {
  const { ledger, runtime } = host
  const subject = `${request.service}.${request.operation}`
  const key =
    operation.kind === 'command' && request.idempotencyKey !== undefined
      ? answerKey(request.service, request.operation, principal.id, request.idempotencyKey, request.input)
      : undefined
  const origin: Origin = {
    handler: subject,
    // Without a key of the caller's, one of this request: a run repeated after a conflict derives the same ids.
    key: key === undefined ? newId(runtime) : `${subject}\u001f${key.row}`,
    correlationId: request.correlationId ?? newId(runtime),
    causationId: request.causationId,
    traceparent: request.traceparent,
    principal,
  }
  return answerRequest(
    request,
    operation,
    async (input, encode) => {
      const run = (database: HandlerDatabase, finish: FinishRun): Promise<Json> =>
        runHandler(host, new HandlerScope(() => origin, database), operation, request, input, signal, async (scope, value) => {
          const output = await encode(value)
          await finish(scope, output)
          return output
        })
      if (operation.kind === 'query') return ledger.read((tx) => run({ mode: 'read', tx }, async () => {}), signal)
      const work = (): Promise<Json> => runCommand(host, key, signal, (tx, finish) => run({ mode: 'write', tx }, finish))
      return key === undefined ? work() : host.running.once(key, work)
    },
    runtime.logger,
  )
}

async function runHandler(
  host: HandlerHost,
  scope: HandlerScope,
  operation: AnyOperation,
  request: OperationRequest,
  input: unknown,
  signal: AbortSignal,
  finish: (scope: HandlerScope, value: unknown) => Promise<Json>,
): Promise<Json> {
  const handler = host.service.handlers[request.operation]
  const leave = (): void => scope.abort(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    signal.throwIfAborted()
    const work = (async () => handler?.(input, createContext(host, scope, { operation: request.operation })))()
    const timeoutMs = Math.min(operation.timeoutMs, request.timeoutMs)
    const value = await settleWithin(
      host.runtime.clock,
      timeoutMs,
      work,
      () => new HandlerTimedOut({ handler: scope.origin.handler, timeoutMs }),
    )
    scope.finish()
    return await finish(scope, value)
  } catch (error) {
    scope.finish(error)
    throw error
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
