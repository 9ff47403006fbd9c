import { activeServerSpan, DurationHistogram, type Runtime, readTraceContext, startSpan, type WorkSpan } from '@tidings/core'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The name under which a request keeps its span. */
const spanOfRequest = 'tidingsSpan'

/** The span of a request that was observed. */
export function spanOf(request: FastifyRequest): WorkSpan {
  return request.getDecorator<WorkSpan>(spanOfRequest)
}

/** Tells traces and metrics of each request, by the conventions for HTTP servers. */
export class RequestTrace {
  /** Under this name a request is decorated. */
  static readonly decoration = spanOfRequest
  readonly #clock: Runtime['clock']
  readonly #duration = new DurationHistogram('http.server.request.duration', 'Duration of HTTP server requests.')

  constructor(clock: Runtime['clock']) {
    this.#clock = clock
  }

  /**
   * Begins with a request whose headers are there, and ends when its connection has taken the whole answer or is gone.
   *
   * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
   */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const startedAt = this.#clock.monotonic()
    // An address that nobody has is no route: there may be any number of them.
    const route = request.is404 ? undefined : request.routeOptions.url
    const { method, protocol: scheme, headers } = request
    const known = { 'http.request.method': method, 'url.scheme': scheme, ...(route === undefined ? {} : { 'http.route': route }) }
    const span =
      activeServerSpan() ??
      startSpan(nameOf(method, route), { kind: 'SERVER', parent: readTraceContext(headers.traceparent, headers.tracestate) })
    request.setDecorator(spanOfRequest, span)
    if (span.isRecording) span.set({ ...known, ...addressOf(request) })
    reply.raw.once('close', () => {
      const outcome = outcomeOf(reply)
      if (span.isRecording) span.set(outcome)
      if (outcome['error.type'] !== undefined) span.fail(outcome['error.type'])
      span.end()
      this.#duration.record(this.#clock.monotonic() - startedAt, { ...known, ...outcome })
    })
  }
}

function nameOf(method: string, route: string | undefined): string {
  return route === undefined ? method : `${method} ${route}`
}

function addressOf(request: FastifyRequest): Record<string, string | number> {
  const { hostname, port, url } = request
  const end = url.indexOf('?')
  return {
    'url.path': end === -1 ? url : url.slice(0, end),
    'server.address': hostname,
    ...(port === null ? {} : { 'server.port': port }),
    'network.protocol.version': request.raw.httpVersion,
  }
}

/** A client who has left has got no status; one who asked for something wrong is no fault of the server. */
function outcomeOf({ raw }: FastifyReply): { 'http.response.status_code'?: number; 'error.type'?: string } {
  if (!raw.writableFinished) return { 'error.type': 'HTTP_CALLER_GONE' }
  const { statusCode } = raw
  return statusCode >= 500
    ? { 'http.response.status_code': statusCode, 'error.type': String(statusCode) }
    : { 'http.response.status_code': statusCode }
}
