import {
  type AnyOperation,
  answerRequest,
  HandlerTimedOut,
  type Json,
  newId,
  type OperationAnswer,
  type OperationFailed,
  type OperationRequest,
  type Principal,
  RequestTimedOut,
  ServiceUnavailable,
  startSpan,
  type WorkSpan,
} from '@tidings/core'
import { answerKey } from './answer-keys.ts'
import { CommittedFailure } from './committed-failure.ts'
import { createContext } from './create-context.ts'
import type { HandlerHost } from './handler-host.ts'
import { type HandlerDatabase, HandlerScope, type Origin } from './handler-scope.ts'
import { type FinishRun, runCommand } from './run-command.ts'
import { settleWithin } from './settle-within.ts'

/** When to ask again for what was cut off by a stop. */
const retryAfterMs = 1_000

/**
 * Answers a request for an operation of the service: checks the input, then runs the handler on a snapshot (queries) or in its
 * transaction (commands), where an idempotency key is answered once.
 */
export async function runOperation(
  host: HandlerHost,
  operation: AnyOperation,
  request: OperationRequest,
  principal: Principal,
  signal: AbortSignal,
): Promise<OperationAnswer> {
  const { ledger, runtime } = host
  const { clock } = runtime
  const until = clock.monotonic() + request.timeoutMs
  const subject = `${request.service}.${request.operation}`
  const key =
    operation.kind === 'command' && operation.keepsAnswer && request.idempotencyKey !== undefined
      ? answerKey(request.service, request.operation, principal.id, request.idempotencyKey, request.input)
      : undefined
  const span = startSpan(subject, {
    parent: request,
    attributes: { 'tidings.service': request.service, 'tidings.operation': request.operation },
  })
  const origin: Origin = {
    handler: subject,
    // Without a key of the caller's, one of this request: a run repeated after a conflict derives the same ids.
    key: key === undefined ? newId(runtime) : `${subject}\u001f${key.row}`,
    correlationId: request.correlationId ?? newId(runtime),
    causationId: request.causationId,
    trace: span.trace,
    principal,
    ...(request.address === undefined ? {} : { address: request.address }),
  }
  let failure: OperationFailed | undefined
  const work = async (input: unknown, encode: (output: unknown) => Promise<Json>): Promise<Json> => {
    const run = (database: HandlerDatabase, finish: FinishRun): Promise<Json> =>
      runHandler(host, { operation, request, input, signal, origin, span, database, until }, async (scope, value) => {
        // Anew in each run: one that met a conflict was rolled back.
        failure = value instanceof CommittedFailure ? value.failure : undefined
        const output = failure === undefined ? await encode(value) : undefined
        await finish(scope, output)
        return output ?? null
      })
    const runOnce = async (): Promise<Json> => {
      const output = await (operation.kind === 'query'
        ? ledger.read((tx) => run({ mode: 'read', tx }, async () => {}), signal)
        : runCommand(host, key, signal, span, (tx, finish) => run({ mode: 'write', tx }, finish)))
      if (failure !== undefined) throw failure
      return output
    }
    try {
      return await (key === undefined ? runOnce() : host.running.once(key, { clock, until, signal }, runOnce))
    } catch (error) {
      if (host.cut.aborted && error === host.cut.reason)
        throw new ServiceUnavailable({ service: request.service, reason: 'it is stopping', retryAfterMs })
      // Whoever waits no more knows why; to the log of this service it is no failure.
      throw signal.aborted && error === signal.reason ? new RequestTimedOut(request) : error
    }
  }
  const startedAt = clock.monotonic()
  const answer = await host.inHand.during(subject, () => answerRequest(request, operation, work, runtime.logger))
  host.measured.answered(request, answer, clock.monotonic() - startedAt, span)
  return answer
}

interface Run {
  readonly operation: AnyOperation
  readonly request: OperationRequest
  readonly input: unknown
  readonly signal: AbortSignal
  readonly origin: Origin
  readonly span: WorkSpan
  readonly database: HandlerDatabase
  /** When the caller has no more time, on the clock that never jumps. */
  readonly until: number
}

/** @throws {RequestTimedOut} The caller waits no more, so nothing was begun. */
async function runHandler(host: HandlerHost, run: Run, finish: (scope: HandlerScope, value: unknown) => Promise<Json>): Promise<Json> {
  const { operation, request, input, signal, origin, database } = run
  const { clock } = host.runtime
  const startedAt = clock.monotonic()
  const timeoutMs = Math.min(operation.timeoutMs, Math.floor(run.until - startedAt))
  // It may have waited for its turn until now.
  if (timeoutMs < 1 || signal.aborted) throw new RequestTimedOut(request)
  const scope = new HandlerScope(() => origin, database, { until: startedAt + timeoutMs })
  const late = (): Error => new HandlerTimedOut({ handler: origin.handler, timeoutMs })
  try {
    const handler = host.service.handlers[request.operation]
    // Here, for whoever queues transactions begins this one in the course of another.
    const work = run.span.run(async () => handler?.(input, createContext(host, scope, { operation: request.operation })))
    const value = await settleWithin(clock, timeoutMs, work, late, signal, host.cut).catch(committed)
    scope.finish()
    return await finish(scope, value)
  } catch (error) {
    scope.finish(error)
    throw error
  }
}

/** A failure that leaves its transaction to be committed is a value until that has happened. */
function committed(error: unknown): CommittedFailure {
  if (error instanceof CommittedFailure) return error
  throw error
}
