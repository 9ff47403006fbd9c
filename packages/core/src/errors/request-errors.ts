import type { Fault } from './contract-errors.ts'
import { TidingsError } from './tidings-error.ts'

/** An operation failed with an error that its contract declares. `reason` is the name there, `detail` its typed facts. */
export class OperationFailed<Reason extends string = string, Detail = unknown> extends TidingsError {
  readonly code = 'OPERATION_FAILED'
  readonly retryable = false
  readonly service: string
  readonly operation: string
  readonly reason: Reason
  readonly detail: Detail

  constructor(facts: { service: string; operation: string; reason: Reason; detail: Detail }) {
    super(`${facts.service}.${facts.operation} answered ${facts.reason}. Its contract tells what that means.`)
    this.service = facts.service
    this.operation = facts.operation
    this.reason = facts.reason
    this.detail = facts.detail
  }
}

/** A request failed in a way its contract does not name. `remoteCode` is the code at the other end, where there is one. */
export class RequestFailed extends TidingsError {
  readonly code = 'REQUEST_FAILED'
  readonly retryable: boolean
  readonly service: string
  readonly operation: string
  readonly remoteCode: string
  /** When to repeat it, where the other end said so. */
  readonly retryAfterMs: number | undefined

  constructor(facts: {
    service: string
    operation: string
    remoteCode: string
    reason: string
    retryable: boolean
    retryAfterMs?: number
    cause?: unknown
  }) {
    super(
      `${facts.service}.${facts.operation} failed (${facts.remoteCode}): ${facts.reason} ${facts.retryable ? 'The request may be repeated.' : 'Repeating it unchanged will not help.'}`,
      { cause: facts.cause },
    )
    this.service = facts.service
    this.operation = facts.operation
    this.remoteCode = facts.remoteCode
    this.retryable = facts.retryable
    this.retryAfterMs = facts.retryAfterMs
  }
}

/** No answer came within the time allowed. A command may have taken effect: repeat it with the same idempotency key. */
export class RequestTimedOut extends TidingsError {
  readonly code = 'REQUEST_TIMED_OUT'
  readonly retryable = true
  readonly service: string
  readonly operation: string
  readonly timeoutMs: number

  constructor(facts: { service: string; operation: string; timeoutMs: number; cause?: unknown }) {
    super(
      `${facts.service}.${facts.operation} gave no answer within ${facts.timeoutMs} ms. Repeat it; a command only with the same idempotency key, for it may have taken effect.`,
      {
        cause: facts.cause,
      },
    )
    this.service = facts.service
    this.operation = facts.operation
    this.timeoutMs = facts.timeoutMs
  }
}

/** The service that was asked cannot be reached. The request was not carried out. */
export class ServiceUnavailable extends TidingsError {
  readonly code = 'SERVICE_UNAVAILABLE'
  readonly retryable = true
  readonly service: string
  readonly retryAfterMs: number

  constructor(facts: { service: string; reason: string; retryAfterMs: number; cause?: unknown }) {
    super(`The service ${facts.service} is unavailable: ${facts.reason}. Repeat the request after ${facts.retryAfterMs} ms.`, {
      cause: facts.cause,
    })
    this.service = facts.service
    this.retryAfterMs = facts.retryAfterMs
  }
}

/** The same idempotency key came with another input. Nothing was done. */
export class IdempotencyKeyReused extends TidingsError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED'
  readonly retryable = false
  readonly service: string
  readonly operation: string

  constructor(facts: { service: string; operation: string }) {
    super(`${facts.service}.${facts.operation} has answered this idempotency key for another input. Use a new key for a new command.`)
    this.service = facts.service
    this.operation = facts.operation
  }
}

/** The same command with the same idempotency key has not ended yet. Ask again later, with the same key, for its answer. */
export class CommandStillRunning extends TidingsError {
  readonly code = 'COMMAND_STILL_RUNNING'
  readonly retryable = true
  readonly service: string
  readonly operation: string
  readonly retryAfterMs: number

  constructor(facts: { service: string; operation: string; retryAfterMs: number }) {
    super(
      `${facts.service}.${facts.operation} is still being carried out for this idempotency key. Repeat the request with the same key after ${facts.retryAfterMs} ms to get its answer.`,
    )
    this.service = facts.service
    this.operation = facts.operation
    this.retryAfterMs = facts.retryAfterMs
  }
}

/** There is no such service or operation at the other end. Nothing was done. */
export class OperationUnknown extends TidingsError {
  readonly code = 'OPERATION_UNKNOWN'
  readonly retryable = false
  readonly service: string
  readonly operation: string

  /** @param facts.known What there is instead, where that can be told. */
  constructor(facts: { service: string; operation: string; known?: readonly string[] }) {
    const known = facts.known === undefined ? 'See that both ends have the same contract' : `Known: ${facts.known.join(', ') || 'none'}`
    super(`There is no operation ${facts.service}.${facts.operation} here. ${known}.`)
    this.service = facts.service
    this.operation = facts.operation
  }
}

/** What a handler returned, or the facts it failed with, do not fit its contract. Its transaction was rolled back. */
export class OutputInvalid extends TidingsError {
  readonly code = 'OUTPUT_INVALID'
  readonly retryable = false
  /** What was checked, such as `output of orders.placeOrder`. */
  readonly subject: string
  readonly faults: readonly Fault[]

  constructor(facts: { subject: string; faults: readonly Fault[] }) {
    const listed = facts.faults.slice(0, 5).map((fault) => `${fault.path === '' ? '(the value itself)' : fault.path}: ${fault.message}`)
    super(`The ${facts.subject} breaks its contract. ${listed.join('; ')}. Correct the handler or the contract.`)
    this.subject = facts.subject
    this.faults = facts.faults
  }
}

/** A remote call was made while the handler's transaction was open: it would hold locks for as long as the other side takes. */
export class CallInsideTransaction extends TidingsError {
  readonly code = 'CALL_INSIDE_TRANSACTION'
  readonly retryable = false

  constructor(facts: { service: string; operation: string }) {
    super(
      `${facts.service}.${facts.operation} was called while this handler's transaction is open. Ask other services first, then use ctx.db and ctx.publish.`,
    )
  }
}

/** The handler has returned, timed out or failed; its context does nothing any more. */
export class HandlerFinished extends TidingsError {
  readonly code = 'HANDLER_FINISHED'
  readonly retryable = false

  constructor(facts: { handler: string; used: string }) {
    super(
      `${facts.used} was used after the handler of ${facts.handler} had finished. Nothing was done. Await everything before the handler returns.`,
    )
  }
}

/** A handler did not settle in time. Its transaction was rolled back. */
export class HandlerTimedOut extends TidingsError {
  readonly code = 'HANDLER_TIMED_OUT'
  readonly retryable = true

  constructor(facts: { handler: string; timeoutMs: number }) {
    super(`The handler of ${facts.handler} did not settle within ${facts.timeoutMs} ms and was rolled back. See what it waits for.`)
  }
}
