import { command, createClient, defineContract, defineEvent, defineService } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { httpClient, httpServer } from '@tidings/http'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { quietRuntime } from '../quiet-runtime.ts'

const schema = z.object({ orderId: z.string() })
const Placed = defineEvent('orders.placed', { version: 1, schema, key: ({ orderId }) => orderId })
const Billed = defineEvent('orders.billed', { version: 1, schema, key: ({ orderId }) => orderId })
const place = command({ input: schema, output: schema, access: 'public' })
const orders = defineContract('orders', { events: { Placed, Billed }, operations: { place } })

const traceparent = `00-${'4b'.repeat(16)}-${'0f'.repeat(8)}-01`
const tracestate = 'vendor=a,other=b'

test('a process that traces nothing hands on where its requests and events come from, unchanged', async () => {
  const eventStore = memoryEventLog()
  const server = httpServer({ port: 0, runtime: quietRuntime })
  const service = defineService(orders, { database: memory() })
    .on(Placed, async ({ orderId }, ctx) => ctx.publish('Billed', { orderId }))
    .implement({
      place: async ({ orderId }, ctx) => {
        await ctx.publish('Placed', { orderId })
        return { orderId }
      },
    })
  const system = createSystem({ services: [service], eventStore, server, runtime: quietRuntime })
  onTestFinished(() => system.stop())
  await system.start()
  const client = httpClient({ locate: () => String(server.url) })
  onTestFinished(() => client.close())
  const call = (trace: { traceparent: string; tracestate?: string }) =>
    createClient(orders, client.send, { prepare: (request) => ({ request: { ...request, ...trace } }) }).place({ orderId: 'o' })

  await call({ traceparent, tracestate })
  await system.settled()
  const traces = async (after: number) =>
    (await eventStore.read({ after, limit: 10 })).events.map((event) => [event.type, event.traceparent, event.tracestate])
  expect(await traces(0)).toEqual([
    ['orders.placed', traceparent, tracestate],
    ['orders.billed', traceparent, tracestate],
  ])

  // What cannot be read decides nothing.
  await call({ traceparent: `00-${'0'.repeat(32)}-${'0f'.repeat(8)}-01`, tracestate })
  await system.settled()
  expect(await traces(2)).toEqual([
    ['orders.placed', undefined, undefined],
    ['orders.billed', undefined, undefined],
  ])
})
