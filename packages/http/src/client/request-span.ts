import { DurationHistogram, errorTypeOf, type OperationRequest, startSpan, type WorkSpan } from '@tidings/core'

/** A request on its way, as traces and metrics see it. */
export interface SentRequest {
  readonly span: WorkSpan
  /** Says what came of it, and ends it: the status of the answer, or why there is none. */
  ended(outcome: { readonly status: number } | { readonly error: unknown }): void
}

/**
 * Makes what tells traces and metrics of each request that is sent, by the conventions for HTTP clients. A repetition is a
 * request of its own.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function requestSpans(): (request: OperationRequest, origin: string, path: string) => SentRequest {
  const duration = new DurationHistogram('http.client.request.duration', 'Duration of HTTP client requests.')
  return (request, origin, path) => {
    const startedAt = performance.now()
    const known = { 'http.request.method': 'POST', ...addressOf(origin) }
    const attributes = {
      ...known,
      'url.full': `${origin}${path}`,
      ...(request.resendCount === undefined ? {} : { 'http.request.resend_count': request.resendCount }),
    }
    const span = startSpan('POST', { kind: 'CLIENT', parent: request, inside: request.traceparent === undefined, attributes })
    return {
      span,
      ended: (outcome) => {
        const status = 'status' in outcome ? { 'http.response.status_code': outcome.status } : {}
        const failure = 'error' in outcome ? errorTypeOf(outcome.error) : outcome.status >= 400 ? String(outcome.status) : undefined
        span.set(status)
        if (failure !== undefined) span.fail(failure)
        span.end()
        duration.record(performance.now() - startedAt, { ...known, ...status, ...(failure === undefined ? {} : { 'error.type': failure }) })
      },
    }
  }
}

function addressOf(origin: string): { 'server.address': string; 'server.port': number } {
  const { hostname, port, protocol } = new URL(origin)
  return { 'server.address': hostname, 'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) }
}
