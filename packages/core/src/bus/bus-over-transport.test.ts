import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineEvent } from '../contracts/define-event.ts'
import type { TransportMessage } from '../ports/transport.ts'
import { createEventBus } from './create-event-bus.ts'
import { memoryTransport } from './memory-transport.ts'

const OrderPlaced = defineEvent('orders.order-placed', {
  version: 1,
  schema: z.object({
    orderId: z.string(),
    total: z.number(),
    lines: z.array(z.object({ sku: z.string() })).default([]),
    note: z.unknown().optional(),
  }),
  key: (order) => order.orderId,
})
const order = { orderId: 'o1', total: 5, lines: [{ sku: 'a' }] }

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

function watched(transport?: Parameters<typeof createEventBus>[0]) {
  const errors: unknown[] = []
  return { errors, bus: createEventBus({ ...transport, onError: (error) => void errors.push(error) }) }
}

test('with a transport an event reaches the subscribers of other buses, and its own once', async () => {
  const transport = memoryTransport()
  const here = watched({ transport })
  const there = watched({ transport })
  const seen: unknown[] = []
  here.bus.subscribe(OrderPlaced, (data) => void seen.push(['here', data]))
  there.bus.subscribe(OrderPlaced.pick('orderId'), (data) => void seen.push(['there', data]))
  await here.bus.publish(OrderPlaced, order)
  await until(() => seen.length === 2)
  await there.bus.publish(OrderPlaced, { ...order, orderId: 'o2' })
  await until(() => seen.length === 4)
  expect(seen).toEqual([
    ['here', order],
    ['there', { orderId: 'o1' }],
    ['there', { orderId: 'o2' }],
    ['here', { ...order, orderId: 'o2' }],
  ])
  expect([...here.errors, ...there.errors]).toEqual([])
})

test('a bus whose last subscriber leaves hears no more of the transport', async () => {
  let subscribed = 0
  const transport = memoryTransport()
  const counting = {
    ...transport,
    subscribe: (topic: string, receive: (message: TransportMessage) => void) => {
      subscribed++
      const inner = transport.subscribe(topic, receive)
      return {
        [Symbol.dispose]: () => {
          subscribed--
          inner[Symbol.dispose]()
        },
      }
    },
  }
  const { bus } = watched({ transport: counting })
  const all = bus.subscribe(OrderPlaced, () => undefined)
  const picked = bus.subscribe(OrderPlaced.pick('orderId'), () => undefined)
  expect(subscribed).toBe(1)
  all[Symbol.dispose]()
  expect(subscribed).toBe(1)
  picked[Symbol.dispose]()
  expect(subscribed).toBe(0)
})

const inVersion2 = z.object({ orderId: z.string(), cents: z.number() })
const OrderPlaced2 = defineEvent('orders.order-placed', {
  version: 2,
  schema: inVersion2,
  key: (placed) => placed.orderId,
  upcast: { 1: (old: { orderId: string; total: number }) => ({ orderId: old.orderId, cents: old.total * 100 }) },
})

test('an event of an older version is brought to the version of its subscriber', async () => {
  const transport = memoryTransport()
  const [old, young] = [watched({ transport }), watched({ transport })]
  const seen: unknown[] = []
  young.bus.subscribe(OrderPlaced2, (data) => void seen.push(data))
  await old.bus.publish(OrderPlaced, { orderId: 'o1', total: 5 })
  await until(() => seen.length === 1)
  expect(seen).toEqual([{ orderId: 'o1', cents: 500 }])
})

test('an event of a newer version than its subscriber is reported and given to nobody', async () => {
  const transport = memoryTransport()
  const [old, young] = [watched({ transport }), watched({ transport })]
  let calls = 0
  old.bus.subscribe(OrderPlaced, () => void calls++)
  await young.bus.publish(OrderPlaced2, { orderId: 'o1', cents: 5 })
  await until(() => old.errors.length === 1)
  expect(old.errors[0]).toMatchObject({ code: 'BUS_MESSAGE_INVALID', event: 'orders.order-placed' })
  expect(calls).toBe(0)
})

test('two versions of an event in one process are refused, not mixed up', async () => {
  const { bus } = watched()
  bus.subscribe(OrderPlaced, () => expect.fail('it got another version'))
  const refused = expect.objectContaining({ code: 'DEFINITION_INVALID' })
  expect(() => bus.subscribe(OrderPlaced2, () => undefined)).toThrow(refused)
  await expect(bus.publish(OrderPlaced2, { orderId: 'o1', cents: 5 })).rejects.toEqual(refused)
})

const message = { format: 1, origin: 'elsewhere', version: 1, data: order }
test.each([
  ['that is not JSON', '{"format"', 'BUS_MESSAGE_INVALID'],
  ['that is null', 'null', 'BUS_MESSAGE_INVALID'],
  ['of a format of the future', JSON.stringify({ ...message, format: 2 }), 'BUS_MESSAGE_INVALID'],
  ['without a version', JSON.stringify({ ...message, version: undefined }), 'BUS_MESSAGE_INVALID'],
  ['of a version 0', JSON.stringify({ ...message, version: 0 }), 'BUS_MESSAGE_INVALID'],
  ['whose data breaks the contract', JSON.stringify({ ...message, data: { orderId: 1 } }), 'CONTRACT_VIOLATION'],
])('a message %s is reported, and the bus goes on', async (_, body, code) => {
  const transport = memoryTransport()
  const { bus, errors } = watched({ transport })
  const seen: unknown[] = []
  bus.subscribe(OrderPlaced, (data) => void seen.push(data))
  await transport.publish({ topic: OrderPlaced.name, body })
  await transport.publish({ topic: OrderPlaced.name, body: JSON.stringify({ ...message, data: { ...order, since: 'a newer contract' } }) })
  await until(() => seen.length === 1)
  expect(errors).toMatchObject([{ code }])
  expect(seen).toEqual([order])
})

test('a transport that refuses an event tells its publisher, and subscribers in this process have it', async () => {
  const transport = memoryTransport()
  const { bus } = watched({ transport })
  let calls = 0
  bus.subscribe(OrderPlaced, () => void calls++)
  await transport.close()
  await expect(bus.publish(OrderPlaced, order)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  expect(calls).toBe(1)
})
