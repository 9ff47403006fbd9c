import type { AnyOperation } from '../../contracts/define-operation.ts'
import { parse } from '../../contracts/schema.ts'
import { ContractViolation } from '../../errors/contract-errors.ts'
import {
  CommandStillRunning,
  IdempotencyKeyReused,
  OperationFailed,
  OperationUnknown,
  RequestFailed,
  RequestTimedOut,
  ServiceUnavailable,
} from '../../errors/request-errors.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'

type Failure = Extract<OperationAnswer, { ok: false }>['error']

/** How long to wait where an answer says to come back and not when. */
const retryAfterMs = 1_000

/**
 * Turns an answer into the output that the contract promises.
 *
 * @throws {TidingsError} The failure that the answer tells of, as the typed error that {@link createClient} lists.
 */
export async function readAnswer(answer: OperationAnswer, request: OperationRequest, operation: AnyOperation): Promise<unknown> {
  if (!answer.ok) throw await failureOf(answer.error, request, operation)
  return await checked(operation.output, answer.output, request, 'output')
}

async function failureOf(error: Failure, request: OperationRequest, operation: AnyOperation): Promise<Error> {
  switch (error.code) {
    case 'OPERATION_FAILED':
      return await declared(error, request, operation)
    case 'CONTRACT_VIOLATION':
      return new ContractViolation({ subject: `input of ${request.service}.${request.operation}`, faults: error.faults ?? [] })
    case 'IDEMPOTENCY_KEY_REUSED':
      return new IdempotencyKeyReused(request)
    case 'OPERATION_UNKNOWN':
      return new OperationUnknown({ service: request.service, operation: request.operation })
    case 'COMMAND_STILL_RUNNING':
      return new CommandStillRunning({ ...request, retryAfterMs: error.retryAfterMs ?? retryAfterMs })
    case 'REQUEST_TIMED_OUT':
      return new RequestTimedOut(request)
    case 'SERVICE_UNAVAILABLE':
      return unavailable(error, request)
    default:
      return new RequestFailed({
        ...request,
        remoteCode: error.code,
        reason: error.message,
        retryable: error.retryable,
        retryAfterMs: error.retryAfterMs,
      })
  }
}

function unavailable(error: Failure, request: OperationRequest): ServiceUnavailable {
  const reason = 'it answered that it takes no requests now'
  return new ServiceUnavailable({ service: request.service, reason, retryAfterMs: error.retryAfterMs ?? retryAfterMs })
}

async function declared(error: Failure, request: OperationRequest, operation: AnyOperation): Promise<Error> {
  const reason = error.reason ?? ''
  const schema = Object.hasOwn(operation.errors, reason) ? operation.errors[reason] : undefined
  if (schema === undefined) {
    const found = `It answered ${reason === '' ? 'an error without a name' : reason}, which this version of its contract does not declare.`
    return new RequestFailed({ ...request, remoteCode: error.code, reason: found, retryable: false })
  }
  return new OperationFailed({ ...request, reason, detail: await checked(schema, error.detail, request, `detail of ${reason}`) })
}

/** A callee that breaks its contract has failed; the caller did nothing wrong, so it gets no ContractViolation. */
async function checked(schema: AnyOperation['output'], value: unknown, request: OperationRequest, what: string): Promise<unknown> {
  try {
    return await parse(schema, value, `${what} of ${request.service}.${request.operation}`)
  } catch (cause) {
    const reason = `It answered, but the ${what} breaks the contract as this caller knows it. See that both ends have the same version of it.`
    throw new RequestFailed({ ...request, remoteCode: 'OUTPUT_INVALID', reason, retryable: false, cause })
  }
}
