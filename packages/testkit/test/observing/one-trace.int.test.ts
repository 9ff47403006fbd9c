import { createClient } from '@tidings/core'
import { httpClient } from '@tidings/http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RecordedSpan, recordSpans } from './record-spans.ts'
import { startTraced } from './traced-processes.ts'
import { orders, tracedNames } from './traced-services.ts'

type Span = RecordedSpan & { readonly process: number }

const ownSpans = recordSpans()

/** From the first span down to this one. */
function wayTo(span: Span, all: readonly Span[]): readonly Span[] {
  const parent = all.find(({ spanId }) => spanId === span.parentId)
  return parent === undefined ? [span] : [...wayTo(parent, all), span]
}

const isLast = ({ name, attributes }: Span): boolean => name === 'COMMIT' && String(attributes['db.namespace']).endsWith('mail.db')

describe.each([
  ['in one process', [tracedNames]],
  [
    'in two processes',
    [
      ['customers', 'orders'],
      ['billing', 'mail'],
    ],
  ],
])('%s', (_, groups) => {
  test('one trace leads from the first request through events and reactions to the last write', { timeout: 120_000 }, async () => {
    const traced = await startTraced(groups)
    const client = httpClient({ locate: traced.url })
    onTestFinished(() => client.close())
    await createClient(orders, client.send).placeOrder({ orderId: 'o-1' })

    await expect.poll(async () => (await traced.spans()).some(isLast)).toBe(true)
    const spans = await traced.spans()
    const first = ownSpans().findLast(({ name }) => name === 'call orders.placeOrder')
    const all: readonly Span[] = [...ownSpans().map((span) => ({ ...span, process: -1 })), ...spans].filter(
      ({ traceId }) => traceId === first?.traceId,
    )
    const last = all.find(isLast)
    expect(last === undefined ? [] : wayTo(last, all).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'INTERNAL call orders.placeOrder',
      'CLIENT POST',
      'SERVER POST /orders/placeOrder',
      'INTERNAL orders.placeOrder',
      'PRODUCER publish orders.order-placed',
      'CONSUMER process orders.order-placed',
      'PRODUCER publish billing.invoice-sent',
      'CONSUMER process billing.invoice-sent',
      'CLIENT COMMIT',
    ])
    // Nothing is left hanging: whatever happened for the first request follows from it.
    expect(all.filter(({ parentId }) => parentId === undefined).map(({ name }) => name)).toEqual(['call orders.placeOrder'])
    expect(all.filter(({ parentId }) => parentId !== undefined && !all.some(({ spanId }) => spanId === parentId))).toEqual([])
    expect(all.filter(({ name }) => name.startsWith('append ')).map(({ name }) => name)).toEqual([
      'append orders.order-placed',
      'append billing.invoice-sent',
    ])

    const tries = all.filter(({ name }) => name === 'process orders.order-placed')
    expect(tries.map(({ attributes, isError }) => [attributes['tidings.attempt'], isError])).toEqual([
      [1, true],
      [2, false],
    ])
    // The reaction asks another service, which is away when it is asked for the first time.
    const asked = all.filter(({ name }) => name === 'customers.rate')
    expect(asked.map(({ isError, attributes }) => [isError, attributes['error.type']])).toEqual([
      [true, 'STORE_UNAVAILABLE'],
      [false, undefined],
    ])
    const [again] = asked.slice(-1)
    const way = again === undefined ? [] : wayTo(again, all).slice(5)
    if (groups.length > 1) {
      expect(way.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        'CONSUMER process orders.order-placed',
        'INTERNAL call customers.rate',
        'CLIENT POST',
        'SERVER POST /customers/rate',
        'INTERNAL customers.rate',
      ])
      expect(way[2]?.attributes).toMatchObject({ 'http.request.resend_count': 1, 'http.response.status_code': 200 })
      expect(new Set(all.map(({ process }) => process)).size).toBe(3)
    } else expect(way.map(({ name }) => name)).toEqual(['process orders.order-placed', 'call customers.rate', 'customers.rate'])

    const named = (name: string): Span | undefined => all.findLast((span) => span.name === name)
    expect(named('POST /orders/placeOrder')?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/orders/placeOrder',
      'http.response.status_code': 200,
      'network.protocol.version': '1.1',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(traced.url('orders')).port),
      'url.path': '/orders/placeOrder',
      'url.scheme': 'http',
    })
    expect(named('publish orders.order-placed')?.attributes).toEqual({
      'messaging.system': 'tidings',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'create',
      'messaging.destination.name': 'orders.order-placed',
    })
    expect(named('append orders.order-placed')).toMatchObject({
      kind: 'CLIENT',
      attributes: { 'messaging.operation.name': 'append', 'messaging.operation.type': 'send', 'messaging.batch.message_count': 1 },
    })
    expect(named('process billing.invoice-sent')?.attributes).toEqual({
      'messaging.system': 'tidings',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'billing.invoice-sent',
      'messaging.consumer.group.name': 'mail',
      'messaging.message.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'messaging.message.conversation_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'tidings.event.position': 2,
    })
    expect(last?.attributes).toMatchObject({ 'db.system.name': 'sqlite', 'db.operation.name': 'COMMIT' })
  })
})
