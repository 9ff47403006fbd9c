import {
  type AnyOperation,
  type OperationAnswer,
  type OperationRequest,
  OperationUnknown,
  type Principal,
  type RequestClient,
  ServiceUnavailable,
} from '@tidings/core'
import type { HandlerHost } from '../handlers/handler-host.ts'
import { InnerPrincipal } from '../handlers/inner-principal.ts'
import { runOperation } from '../handlers/run-operation.ts'

const retryAfterMs = 5_000

/** Brings requests to the service that answers them: in this process, or through the request client. */
export class Dispatcher {
  readonly #hosts = new Map<string, HandlerHost>()
  readonly #client: RequestClient | undefined

  constructor(client: RequestClient | undefined) {
    this.#client = client
  }

  /** Makes a service of this process known. */
  add(host: HandlerHost): void {
    this.#hosts.set(host.service.contract.name, host)
  }

  /** Answers a request for a service of this process. */
  async answer(request: OperationRequest, signal: AbortSignal, principal?: Principal): Promise<OperationAnswer> {
    const host = this.#hosts.get(request.service)
    const operations = (host?.service.contract.operations ?? {}) as Record<string, AnyOperation>
    const operation = Object.hasOwn(operations, request.operation) ? operations[request.operation] : undefined
    if (host === undefined || operation === undefined) {
      const known = [...this.#hosts.values()].flatMap(({ service }) =>
        Object.keys(service.contract.operations).map((name) => `${service.contract.name}.${name}`),
      )
      const error = new OperationUnknown({ service: request.service, operation: request.operation, known })
      return { ok: false, error: { code: error.code, message: error.message, retryable: error.retryable } }
    }
    return runOperation(host, operation, request, principal ?? principalOf(request), signal)
  }

  /**
   * Sends a request to wherever its service runs.
   *
   * @throws {ServiceUnavailable} It runs neither here nor anywhere that is known.
   */
  async send(request: OperationRequest, signal: AbortSignal): Promise<OperationAnswer> {
    if (this.#hosts.has(request.service)) return this.answer(request, signal)
    if (this.#client !== undefined) return this.#client.send(request, signal)
    throw new ServiceUnavailable({
      service: request.service,
      reason: 'it does not run in this process, and no request client was given to createSystem',
      retryAfterMs,
    })
  }
}

function principalOf(request: OperationRequest): Principal {
  return new InnerPrincipal(request.principal ?? 'anyone')
}
