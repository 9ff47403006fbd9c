import { OperationFailed } from '../../errors/request-errors.ts'
import type { OperationRequest } from '../../ports/requests.ts'
import { errorTypeOf } from '../../telemetry/error-type.ts'
import { startSpan } from '../../telemetry/start-span.ts'

/** Makes a call in a span of its own, which covers all its attempts; what is sent follows from it. */
export async function tracedCall<R>(request: OperationRequest, call: (request: OperationRequest) => Promise<R>): Promise<R> {
  const { service, operation } = request
  const attributes = { 'tidings.service': service, 'tidings.operation': operation }
  const span = startSpan(`call ${service}.${operation}`, { parent: request, inside: true, attributes })
  const { traceparent, tracestate } = span.trace
  try {
    return await span.run(() => call(span.trace === request ? request : { ...request, traceparent, tracestate }))
  } catch (error) {
    // What the contract foresees is an answer.
    if (error instanceof OperationFailed) span.set({ 'error.type': error.reason })
    else span.fail(errorTypeOf(error))
    throw error
  } finally {
    span.end()
  }
}
