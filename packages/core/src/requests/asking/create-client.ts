import type { Contract } from '../../contracts/define-contract.ts'
import type { AnyOperation } from '../../contracts/define-operation.ts'
import { keyFault } from '../../envelope/check-append.ts'
import { jsonFault } from '../../envelope/json-fault.ts'
import { ContractViolation, type Fault } from '../../errors/contract-errors.ts'
import { RequestFailed } from '../../errors/request-errors.ts'
import { TidingsError } from '../../errors/tidings-error.ts'
import type { Json } from '../../ports/ledger.ts'
import type { RequestPolicy, Send } from '../../ports/request-policy.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'
import type { Runtime } from '../../ports/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import { requestPolicy } from '../policy/request-policy.ts'
import type { CallOptions, Client } from './client.ts'
import { readAnswer } from './read-answer.ts'
import { requestLimits } from './request-limits.ts'
import { tracedCall } from './traced-call.ts'
import { withinTime } from './within-time.ts'

/** A request with what its caller adds to it. */
export interface PreparedRequest {
  readonly request: OperationRequest
  /** Ends the call when it is aborted, as `options.signal` of the call does. */
  readonly signal?: AbortSignal
}

/** How a client calls. */
export interface ClientOptions {
  /** Guards the calls. @default a {@link requestPolicy} of this client's own */
  readonly policy?: RequestPolicy
  /** Adds what the caller knows to a request, or refuses it by throwing. Called once for each call, before anything is awaited. */
  readonly prepare?: (request: OperationRequest) => PreparedRequest
  /** @default the clock of the machine */
  readonly runtime?: Pick<Runtime, 'clock' | 'random'>
}

/**
 * The operations of a contract as functions. Each sends its input as JSON, gives up when its time is over, and either
 * resolves with an output that fits the contract or rejects with a typed error:
 *
 * - {@link OperationFailed}: an error of the contract; see {@link isFailure}.
 * - {@link ContractViolation}: the input or an option does not fit; nothing was done.
 * - {@link IdempotencyKeyReused}, {@link OperationUnknown}, {@link ServiceUnavailable}: nothing was done.
 * - {@link CommandStillRunning}: ask again with the same key.
 * - {@link RequestTimedOut}, {@link RequestFailed}: see there for what may have happened.
 * - the reason of `options.signal` when that was aborted.
 */
export function createClient<C extends Contract>(contract: C, send: Send, options: ClientOptions = {}): Client<C> {
  const { runtime = systemRuntime, policy = requestPolicy({ runtime }), prepare = asItIs } = options
  const client: Record<string, (input: unknown, options?: CallOptions) => Promise<unknown>> = Object.create(null)
  for (const [name, operation] of Object.entries(contract.operations as Record<string, AnyOperation>)) {
    const target = { service: contract.name, operation: name }
    client[name] = async (input, called = {}) => {
      const { request, signal } = keyed(operation, prepare(requestOf(target, operation, input, called)))
      return await tracedCall(request, async (request) => {
        const answer = await withinTime(request, [called.signal, signal], runtime.clock, (ended) =>
          policy.run({ request, operation, signal: ended }, (attempt, end) => sent(attempt, end, send)),
        )
        return await readAnswer(answer, request, operation)
      })
    }
  }
  // The loop gave every operation its function, which the compiler cannot see through the type parameter.
  return Object.freeze(client) as Client<C>
}

function asItIs(request: OperationRequest): PreparedRequest {
  return { request }
}

/** A key that the other end takes no notice of would make a repetition look safe. */
function keyed(operation: AnyOperation, prepared: PreparedRequest): PreparedRequest {
  if (operation.keepsAnswer) return prepared
  const { idempotencyKey: _, ...request } = prepared.request
  return { ...prepared, request }
}

function requestOf(
  target: Pick<OperationRequest, 'service' | 'operation'>,
  operation: AnyOperation,
  input: unknown,
  options: CallOptions,
): OperationRequest {
  const { idempotencyKey, timeoutMs = operation.timeoutMs } = options
  const faults: Fault[] = []
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) faults.push({ path: 'timeoutMs', message: 'is not a whole number from 1' })
  const keyProblem = idempotencyKey === undefined ? undefined : keyFault(idempotencyKey)
  if (keyProblem !== undefined) faults.push({ path: 'idempotencyKey', message: keyProblem })
  if (faults.length > 0) throw new ContractViolation({ subject: `call of ${target.service}.${target.operation}`, faults })
  return { ...target, input: throughJson(input, target), timeoutMs, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }
}

/** What arrives is what JSON carries, within one process too; so a call that works in one process works between two. */
function throughJson(input: unknown, target: Pick<OperationRequest, 'service' | 'operation'>): Json {
  const subject = `input of ${target.service}.${target.operation}`
  const fault = jsonFault(input)
  if (fault !== undefined) throw new ContractViolation({ subject, faults: [{ path: fault.path, message: fault.reason }] })
  const text = JSON.stringify(input)
  const bytes = Buffer.byteLength(text)
  if (bytes > requestLimits.inputBytes) {
    const message = `has ${bytes.toLocaleString('en')} bytes as JSON, more than ${requestLimits.inputBytes.toLocaleString('en')}`
    throw new ContractViolation({ subject, faults: [{ path: '', message }] })
  }
  return JSON.parse(text) as Json
}

/** Whatever a sender throws that is not ours is wrapped: a driver's raw error never reaches the caller. */
async function sent(request: OperationRequest, signal: AbortSignal, send: Send): Promise<OperationAnswer> {
  try {
    return await send(request, signal)
  } catch (cause) {
    if (cause instanceof TidingsError || signal.aborted) throw cause
    const reason = 'The request or its answer was lost on the way, so a command may have taken effect.'
    throw new RequestFailed({ ...request, remoteCode: 'UNKNOWN', reason, retryable: true, cause })
  }
}
