import { createTraceState, isSpanContextValid, type SpanContext } from '@opentelemetry/api'

/**
 * Where a piece of work stands in its trace, as it travels with requests and events.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export interface TraceContext {
  /** W3C trace context: the trace, the span and whether it is recorded. */
  readonly traceparent?: string | undefined
  /** What tracing systems add to it, at most 512 characters. */
  readonly tracestate?: string | undefined
}

const traceparentPattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[!-~]*)?$/
const longestTraceparent = 512
const tracestatePattern = /^[ -~\t]{1,512}$/

/** The trace context that came from outside; empty where it cannot be read, as its standard asks: it decides nothing. */
export function readTraceContext(traceparent: unknown, tracestate: unknown): TraceContext {
  if (typeof traceparent !== 'string' || traceparent.length > longestTraceparent || spanContextOf({ traceparent }) === undefined) return {}
  if (typeof tracestate !== 'string' || !tracestatePattern.test(tracestate)) return { traceparent }
  return { traceparent, tracestate }
}

/** A trace context as the OpenTelemetry API knows it; undefined where there is none that can be read. */
export function spanContextOf({ traceparent, tracestate }: TraceContext): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparentPattern.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  if (!isSpanContextValid(found)) return undefined
  return tracestate === undefined ? found : { ...found, traceState: createTraceState(tracestate) }
}

/** A span as it travels. */
export function traceContextOf({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  const tracestate = traceState?.serialize()
  return tracestate === undefined || tracestate === '' ? { traceparent } : { traceparent, tracestate }
}
