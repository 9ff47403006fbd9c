import { TraceFlags } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { readTraceContext, spanContextOf, traceContextOf } from './trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${spanId}-01`

test('a trace context that came from outside goes on as it is', () => {
  expect(readTraceContext(traceparent, undefined)).toEqual({ traceparent })
  expect(readTraceContext(traceparent, 'a=1,b@c=2')).toEqual({ traceparent, tracestate: 'a=1,b@c=2' })
  // One of a later version of the standard may say more.
  expect(readTraceContext(`01-${traceId}-${spanId}-01-more`, undefined)).toEqual({ traceparent: `01-${traceId}-${spanId}-01-more` })
})

test.each([
  ['missing', undefined],
  ['no text', 7],
  ['empty', ''],
  ['in capitals', traceparent.toUpperCase()],
  ['of the version that there is not', `ff-${traceId}-${spanId}-01`],
  ['without a trace', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['without a span', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['cut off', traceparent.slice(0, -1)],
  ['endless', `${traceparent}-${'x'.repeat(500)}`],
  ['there twice', `${traceparent}, ${traceparent}`],
])('a trace context that is %s is none, and its state neither', (_, value) => {
  expect(readTraceContext(value, 'a=1')).toEqual({})
})

test.each([
  ['longer than 512 characters', `a=${'x'.repeat(511)}`],
  ['with control characters', 'a=\u0000'],
  ['no text', ['a=1']],
])('a state that is %s is left out', (_, value) => {
  expect(readTraceContext(traceparent, value)).toEqual({ traceparent })
})

test('a trace context says whether it is recorded, and becomes the same text again', () => {
  const found = spanContextOf({ traceparent, tracestate: 'a=1,b=2' })
  expect(found).toMatchObject({ traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
  expect(found === undefined ? undefined : traceContextOf(found)).toEqual({ traceparent, tracestate: 'a=1,b=2' })
  const unsampled = traceparent.replace(/1$/, '0')
  const other = spanContextOf({ traceparent: unsampled })
  expect(other === undefined ? undefined : traceContextOf(other)).toEqual({ traceparent: unsampled })
})
