import { DefinitionInvalid, type OperationAnswer, type OperationRequest, type RequestClient, type TraceContext } from '@tidings/core'
import { Agent } from 'undici'
import { locateByEnvironment } from './locate-by-environment.ts'
import { type Locate, locator } from './locate-service.ts'
import { mapError } from './map-error.ts'
import { readResponse } from './read-response.ts'
import { requestSpans, type SentRequest } from './request-span.ts'

/** How other services are called over HTTP. */
export interface HttpClientOptions {
  /**
   * The address of each service, such as `{ orders: 'http://10.0.0.7:4101' }`, or a function asked at each request, such as that
   * of {@link locateByDns}.
   *
   * @default {@link locateByEnvironment}: `ORDERS_URL` and so on
   */
  readonly locate?: Locate
  /** The most connections to one address, from 1; further requests wait for a free one. @default 1_024 */
  readonly connections?: number
  /** How long to wait for a connection, in milliseconds. @default 1_000 */
  readonly connectTimeoutMs?: number
  /** The most bytes of an answer. @default 16_777_216 */
  readonly maxAnswerBytes?: number
}

/**
 * Calls services in other processes over HTTP, on connections that are kept and shared.
 *
 * `send` rejects with `ServiceUnavailable` (nothing was sent), {@link ServiceNotLocated} (no address is known),
 * `RequestTimedOut`, or `RequestFailed`, which tells whether a repetition may help. Redirects are not followed, and who is
 * calling is not sent: nothing could prove it yet. It sends once; what is repeated and what is held back is the system's policy.
 *
 * @throws {DefinitionInvalid} An option or an address is not usable; all are listed.
 */
export function httpClient(options: HttpClientOptions = {}): RequestClient {
  const { connections = 1_024, connectTimeoutMs = 1_000, maxAnswerBytes = 16_777_216 } = options
  const faults = Object.entries({ connections, connectTimeoutMs, maxAnswerBytes }).filter(
    ([, value]) => !Number.isSafeInteger(value) || value < 1,
  )
  if (faults.length > 0) {
    const reason = `${faults.map(([name]) => name).join(', ')} must be a whole number from 1`
    throw new DefinitionInvalid({ subject: 'HTTP client', reason, remedy: 'Correct the options of httpClient.' })
  }
  const locate = locator(options.locate ?? locateByEnvironment())
  const agent = new Agent({ connections, connect: { timeout: connectTimeoutMs }, maxResponseSize: maxAnswerBytes, pipelining: 1 })
  const begin = requestSpans()
  let closed: Promise<void> | undefined
  return {
    async send(request: OperationRequest, signal?: AbortSignal): Promise<OperationAnswer> {
      let sent: SentRequest | undefined
      try {
        const { origin, prefix } = await locate(request.service)
        const path = `${prefix}/${encodeURIComponent(request.service)}/${encodeURIComponent(request.operation)}`
        sent = begin(request, origin, path)
        const headers = headersOf(request, sent.span.trace)
        const response = await sent.span.runQuietly(() =>
          agent.request({
            origin,
            path,
            method: 'POST',
            headers,
            body: JSON.stringify(request.input),
            // The caller's signal bounds the whole; these bound a caller that gave none.
            headersTimeout: request.timeoutMs,
            bodyTimeout: request.timeoutMs,
            signal,
          }),
        )
        const text = await response.body.text()
        const answer = readResponse(response.statusCode, text, request)
        sent.ended({ status: response.statusCode })
        return answer
      } catch (cause) {
        const error = mapError(cause, request, signal)
        sent?.ended({ error })
        throw error
      }
    },
    close: () => {
      closed ??= agent.close()
      return closed
    },
  }
}

/** Texts are percent-encoded, for headers carry ASCII only. */
function headersOf(request: OperationRequest, { traceparent, tracestate }: TraceContext): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'tidings-timeout-ms': String(request.timeoutMs) }
  if (request.idempotencyKey !== undefined) headers['idempotency-key'] = encodeURIComponent(request.idempotencyKey)
  if (request.correlationId !== undefined) headers['tidings-correlation-id'] = encodeURIComponent(request.correlationId)
  if (request.causationId !== undefined) headers['tidings-causation-id'] = encodeURIComponent(request.causationId)
  if (traceparent !== undefined) headers.traceparent = traceparent
  if (tracestate !== undefined) headers.tracestate = tracestate
  return headers
}
