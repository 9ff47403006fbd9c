import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineEvent } from '../contracts/define-event.ts'
import { ContractViolation } from '../errors/contract-errors.ts'
import type { Runtime } from '../ports/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
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

test('an event reaches all who are subscribed when it is published, and nobody else', async () => {
  const { bus } = watched()
  const seen: string[] = []
  await bus.publish(OrderPlaced, { ...order, orderId: 'before' })
  const first = bus.subscribe(OrderPlaced, (data) => void seen.push(`first ${data.orderId}`))
  bus.subscribe(OrderPlaced, (data) => void seen.push(`second ${data.orderId}`))
  await bus.publish(OrderPlaced, order)
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  await bus.publish(OrderPlaced, { ...order, orderId: 'o2' })
  expect(seen).toEqual(['first o1', 'second o1', 'second o2'])
})

test('one handler subscribed twice is called twice, until each subscription ends', async () => {
  const { bus } = watched()
  let calls = 0
  const handler = (): void => void calls++
  const once = bus.subscribe(OrderPlaced, handler)
  bus.subscribe(OrderPlaced, handler)
  await bus.publish(OrderPlaced, order)
  once[Symbol.dispose]()
  await bus.publish(OrderPlaced, order)
  expect(calls).toBe(3)
})

test('subscribers get what the schema made of the data', async () => {
  const { bus } = watched()
  let seen: unknown
  bus.subscribe(OrderPlaced, (data) => {
    seen = data
  })
  await bus.publish(OrderPlaced, { orderId: 'o1', total: 5 })
  expect(seen).toEqual({ orderId: 'o1', total: 5, lines: [] })
})

test('a subscriber of a picked event sees the picked fields alone', async () => {
  const { bus } = watched()
  let seen: unknown
  bus.subscribe(OrderPlaced.pick('orderId', 'note'), (data) => {
    seen = data
  })
  await bus.publish(OrderPlaced, order)
  expect(seen).toEqual({ orderId: 'o1' })
})

test.each([
  ['a wrong type', { ...order, total: '5' }, 'total'],
  ['an unknown field', { ...order, totl: 5 }, 'totl'],
  ['an unknown field beside a missing optional one', { orderId: 'o1', total: 5, line: [] }, 'line'],
  ['an unknown field in depth', { ...order, lines: [{ sku: 'a', price: 1 }] }, 'lines[0].price'],
  ['a date', { ...order, note: { at: new Date() } }, 'note.at'],
  ['an integer past 2^53', { ...order, total: 2 ** 53 }, 'total'],
  ['NaN', { ...order, note: [Number.NaN] }, 'note[0]'],
  ['a __proto__ key', { ...order, note: JSON.parse('{"__proto__":1}') }, 'note.__proto__'],
  ['null', null, ''],
])('data with %s reaches nobody, and its publisher is told where the fault is', async (_, data, path) => {
  const { bus } = watched()
  let calls = 0
  for (const known of [order, { ...order, note: 'x' }, { ...order, note: { at: 'x' } }, { ...order, note: [1] }])
    await bus.publish(OrderPlaced, known)
  bus.subscribe(OrderPlaced, () => void calls++)
  // The compiler would not let it pass.
  const error = await bus.publish(OrderPlaced, data as typeof order).catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(ContractViolation)
  expect(error).toMatchObject({ faults: [{ path }], subject: 'data of orders.order-placed' })
  expect(calls).toBe(0)
})

test('a lone surrogate reaches nobody where there is a transport, which could not carry it', async () => {
  const { bus } = watched({ transport: memoryTransport() })
  bus.subscribe(OrderPlaced, () => expect.fail('it was given'))
  await expect(bus.publish(OrderPlaced, { ...order, orderId: '\ud800' })).rejects.toMatchObject({ faults: [{ path: 'orderId' }] })
})

test('data nested without end reaches nobody', async () => {
  const { bus } = watched()
  let note: unknown = []
  for (let i = 0; i < 100_000; i++) note = [note]
  await expect(bus.publish(OrderPlaced, { ...order, note })).rejects.toThrow('64 levels')
})

test('no subscriber can change the data for another or for the publisher, in no depth', async () => {
  const { bus, errors } = watched()
  const seen: unknown[] = []
  const given = { ...order, lines: [{ sku: 'a' }], note: { tags: ['x'] } }
  const before = structuredClone(given)
  for (let i = 0; i < 2; i++) {
    bus.subscribe(OrderPlaced, (data) => {
      seen.push(structuredClone(data))
      data.orderId = 'changed'
      data.lines.push({ sku: 'changed' })
      for (const line of data.lines) line.sku = 'changed'
      ;(data.note as typeof given.note).tags[0] = 'changed'
    })
  }
  // The first goes the slow way, the others by code compiled for their shape.
  for (let i = 0; i < 3; i++) await bus.publish(OrderPlaced, given)
  expect(seen).toEqual(Array(6).fill(before))
  expect(given).toEqual(before)
  expect(errors).toEqual([])
})

test('what the publisher gave stays as it was, and its own to change', async () => {
  const { bus } = watched()
  let seen: { note?: unknown } = {}
  bus.subscribe(OrderPlaced, (data) => {
    seen = data
  })
  const given = { ...order, lines: [{ sku: 'a' }], note: { tags: ['x'] } }
  await bus.publish(OrderPlaced, given)
  given.note.tags.push('y')
  given.lines.push({ sku: 'b' })
  expect(seen).toEqual({ ...order, note: { tags: ['x'] } })
})

test('a schema that answers what it was given does not freeze it', async () => {
  const Anything = defineEvent('orders.anything-said', {
    version: 1,
    schema: z.custom<{ text: string }>(() => true),
    key: (said) => said.text,
  })
  const { bus } = watched()
  let seen: unknown
  bus.subscribe(Anything, (data) => {
    seen = data
  })
  const given = { text: 'a' }
  await bus.publish(Anything, given)
  given.text = 'b'
  expect(seen).toEqual({ text: 'a' })
})

test('an asynchronous schema is awaited', async () => {
  const Checked = defineEvent('orders.order-checked', {
    version: 1,
    schema: z.object({ orderId: z.string().refine(async (id) => id !== 'bad', 'is bad') }),
    key: (checked) => checked.orderId,
  })
  const { bus } = watched()
  const seen: unknown[] = []
  bus.subscribe(Checked, (data) => void seen.push(data))
  await bus.publish(Checked, { orderId: 'good' })
  await expect(bus.publish(Checked, { orderId: 'bad' })).rejects.toMatchObject({ faults: [{ path: 'orderId', message: 'is bad' }] })
  expect(seen).toEqual([{ orderId: 'good' }])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('x')
    },
  ],
  [
    'throws null',
    () => {
      throw null
    },
  ],
  ['rejects', () => Promise.reject(new Error('x'))],
  ['rejects with undefined', () => Promise.reject(undefined)],
  [
    'answers something with a then that throws',
    () =>
      ({
        // biome-ignore lint/suspicious/noThenProperty: what a hostile handler may answer
        get then() {
          throw new Error('x')
        },
      }) as unknown as Promise<void>,
  ],
])(
  'a subscriber that %s is reported, and neither the publisher nor the next one notices',
  async (_, handler: () => void | Promise<void>) => {
    const { bus, errors } = watched()
    let calls = 0
    bus.subscribe(OrderPlaced, handler)
    bus.subscribe(OrderPlaced, () => void calls++)
    await bus.publish(OrderPlaced, order)
    await until(() => errors.length === 1)
    expect(calls).toBe(1)
  },
)

test('a subscriber that never settles holds nobody up', async () => {
  const { bus } = watched()
  let calls = 0
  bus.subscribe(OrderPlaced, () => new Promise(() => {}))
  bus.subscribe(OrderPlaced, () => void calls++)
  await bus.publish(OrderPlaced, order)
  expect(calls).toBe(1)
})

test.each([
  [
    'throws',
    () => {
      throw new Error('handler of errors')
    },
  ],
  ['rejects', () => Promise.reject(new Error('handler of errors'))],
])('an error handler that %s is logged', async (_, onError: () => void) => {
  const logged: unknown[] = []
  const log = (_message: string, facts?: object): void => void logged.push(facts)
  const runtime: Runtime = { ...systemRuntime, logger: { info: log, warn: log, error: log } }
  const bus = createEventBus({ runtime, onError })
  bus.subscribe(OrderPlaced, () => {
    throw new Error('x')
  })
  await bus.publish(OrderPlaced, order)
  await until(() => logged.length === 1)
  expect(logged).toEqual([{ error: new Error('handler of errors') }])
})

test('a subscriber that ends another while an event is given out does not take it from it', async () => {
  const { bus } = watched()
  const seen: string[] = []
  const later: Disposable[] = []
  bus.subscribe(OrderPlaced, () => {
    for (const one of later) one[Symbol.dispose]()
  })
  later.push(bus.subscribe(OrderPlaced, () => void seen.push('last')))
  await bus.publish(OrderPlaced, order)
  await bus.publish(OrderPlaced, order)
  expect(seen).toEqual(['last'])
})

test('a bus that is disposed gives nothing to anybody any more', async () => {
  const { bus } = watched()
  let calls = 0
  const subscription = bus.subscribe(OrderPlaced, () => void calls++)
  bus[Symbol.dispose]()
  subscription[Symbol.dispose]()
  await bus.publish(OrderPlaced, order)
  expect(calls).toBe(0)
})
