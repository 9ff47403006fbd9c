import { context, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import { activeServerSpan, startSpan } from '@tidings/core'
import { expect, test } from 'vitest'
import { recordSpans } from './record-spans.ts'

const spans = recordSpans()
const tracer = trace.getTracer('another')

test('other instrumentations keep quiet while a request is sent that is traced already, and only then', () => {
  const span = startSpan('a')
  span.run(() => expect(isTracingSuppressed(context.active())).toBe(false))
  span.runQuietly(() => {
    expect(isTracingSuppressed(context.active())).toBe(true)
    expect(tracer.startSpan('b').isRecording()).toBe(false)
  })
  span.end()
})

test('the span of an instrumented HTTP server is taken for the request, and ends when that instrumentation ends it', () => {
  const server = tracer.startSpan('GET', { kind: SpanKind.SERVER })
  context.with(trace.setSpan(context.active(), server), () => {
    const taken = activeServerSpan()
    expect(taken?.trace.traceparent).toContain(server.spanContext().spanId)
    taken?.set({ 'http.route': '/orders' })
    taken?.end()
  })
  server.end()
  expect(spans().find(({ name }) => name === 'GET')?.attributes).toEqual({ 'http.route': '/orders' })
})

test('what happened to be active when a server was started is not taken for a request', () => {
  tracer.startActiveSpan('main', (main) => {
    expect(activeServerSpan()).toBeUndefined()
    main.end()
  })
})

test('work within the program follows from what is active there, other work from what it was given', () => {
  const parent = { traceparent: `00-${'4b'.repeat(16)}-${'0f'.repeat(8)}-01` }
  tracer.startActiveSpan('main', (main) => {
    expect(startSpan('a', { parent, inside: true }).trace.traceparent).toContain(main.spanContext().traceId)
    expect(startSpan('b', { parent }).trace.traceparent).toContain('4b'.repeat(16))
    main.end()
  })
  expect(startSpan('c', { parent, inside: true }).trace.traceparent).toContain('4b'.repeat(16))
})

test('a trace that is not recorded stays so on its way', () => {
  const parent = { traceparent: `00-${'4b'.repeat(16)}-${'0f'.repeat(8)}-00`, tracestate: 'a=1' }
  const span = startSpan('d', { parent })
  expect(span.isRecording).toBe(false)
  expect(span.trace).toEqual({
    traceparent: expect.stringMatching(new RegExp(`^00-${'4b'.repeat(16)}-(?!0f0f).{16}-00$`)),
    tracestate: 'a=1',
  })
  expect(trace.getSpanContext(span.run(() => context.active()))?.traceFlags).toBe(TraceFlags.NONE)
})
