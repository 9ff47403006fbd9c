import { command, createClient, defineContract, defineEvent, defineService, type EventLog } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { httpClient, httpServer } from '@tidings/http'
import { expect, onTestFinished, test, vi } from 'vitest'
import * as z from 'zod'
import { quietRuntime } from '../quiet-runtime.ts'
import { collectMetrics } from './collected-metrics.ts'

const figures = collectMetrics()

const schema = z.object({ orderId: z.string() })
const Placed = defineEvent('orders.placed', { version: 1, schema, key: ({ orderId }) => orderId })
const place = command({ input: schema, output: schema, errors: { Refused: schema }, access: 'public', http: 'PUT /orders/:orderId' })
const orders = defineContract('orders', { events: { Placed }, operations: { place } })

/** A clock that a test can move on, for what is measured by the wall. */
function movedClock() {
  let aheadMs = 0
  const clock = { ...quietRuntime.clock, now: () => Date.now() + aheadMs }
  return { runtime: { ...quietRuntime, clock }, move: (ms: number) => (aheadMs += ms) }
}

/** Orders, whose own reaction does what the test says. */
function service(reaction: (orderId: string) => Promise<void>) {
  return defineService(orders, { database: memory(), consumer: { retry: { attempts: 1 }, batchSize: 1 } })
    .on(Placed, ({ orderId }) => reaction(orderId))
    .implement({
      place: async ({ orderId }, ctx) => {
        if (orderId === 'refused') return ctx.fail('Refused', { orderId })
        await ctx.publish('Placed', { orderId })
        return { orderId }
      },
    })
}

const one = async (name: string): Promise<number | undefined> => (await figures(name))[0]?.value

test('a consumer that falls behind shows by how many positions and by how long, and is asked no more once it has stopped', async () => {
  const { runtime, move } = movedClock()
  const blocked = Promise.withResolvers<void>()
  const system = createSystem({ services: [service(() => blocked.promise)], eventStore: memoryEventLog(), runtime })
  onTestFinished(() => system.stop())
  await system.start()
  await expect.poll(() => one('tidings.consumer.lag')).toBe(0)
  for (const orderId of ['a', 'b', 'c']) await system.call('orders').place({ orderId })
  await expect.poll(() => one('tidings.consumer.lag')).toBe(3)
  move(90_000)
  const [age] = await figures('tidings.consumer.lag.time')
  expect(age?.attributes).toEqual({ 'tidings.service': 'orders', 'messaging.consumer.group.name': 'orders' })
  expect(age?.value).toBeGreaterThanOrEqual(90)
  expect(age?.value).toBeLessThan(150)
  blocked.resolve()
  await system.settled()
  expect([await one('tidings.consumer.lag'), await one('tidings.consumer.lag.time')]).toEqual([0, 0])
  await system.stop()
  // The log is closed: whoever still asked it would fail.
  await figures('tidings.consumer.lag')
})

test('parked events show, with those held behind them', async () => {
  const system = createSystem({
    services: [service((orderId) => Promise.reject(new Error(orderId)))],
    eventStore: memoryEventLog(),
    runtime: quietRuntime,
  })
  onTestFinished(() => system.stop())
  await system.start()
  for (const orderId of ['a', 'b', 'a', 'a']) await system.call('orders').place({ orderId })
  await system.settled()
  expect(await one('tidings.consumer.parked.keys')).toBe(2)
  expect(await one('tidings.consumer.parked.events')).toBe(4)
})

test('an outbox that the log does not empty shows by how many events and by how long', async () => {
  const { runtime, move } = movedClock()
  const log = memoryEventLog()
  const away = Promise.withResolvers<void>()
  const slow: EventLog = new Proxy(log, {
    get: (target, name) =>
      name === 'append'
        ? async (...events: Parameters<EventLog['append']>) => {
            await away.promise
            return target.append(...events)
          }
        : (Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)),
  })
  const system = createSystem({ services: [service(async () => {})], eventStore: slow, runtime })
  onTestFinished(() => system.stop())
  await system.start()
  for (const orderId of ['a', 'b']) await system.call('orders').place({ orderId })
  move(60_000)
  expect(await figures('tidings.outbox.depth')).toEqual([{ attributes: { 'tidings.service': 'orders' }, value: 2 }])
  expect(await one('tidings.outbox.age')).toBeGreaterThanOrEqual(60)
  away.resolve()
  await system.settled()
  expect([await one('tidings.outbox.depth'), await one('tidings.outbox.age')]).toEqual([0, 0])
})

test('the figures cost a few reads by key, however much is behind, staged and parked', async () => {
  const log = memoryEventLog()
  const system = createSystem({ services: [service(() => Promise.reject(new Error('no')))], eventStore: log, runtime: quietRuntime })
  onTestFinished(() => system.stop())
  await system.start()
  for (let i = 0; i < 50; i++) await system.call('orders').place({ orderId: `o-${i}` })
  await system.settled()
  const read = vi.spyOn(log, 'read')
  const sealed = vi.spyOn(log, 'sealed')
  await figures('tidings.consumer.lag')
  expect(sealed).toHaveBeenCalledTimes(1)
  for (const [query] of read.mock.calls) expect(query).toMatchObject({ limit: 1 })
})

test('requests show where they are answered and where they are made, by route and by what came of them', async () => {
  const server = httpServer({ port: 0, runtime: quietRuntime })
  const system = createSystem({ services: [service(async () => {})], eventStore: memoryEventLog(), server, runtime: quietRuntime })
  onTestFinished(() => system.stop())
  await system.start()
  const client = httpClient({ locate: () => String(server.url) })
  onTestFinished(() => client.close())
  const { place: call } = createClient(orders, client.send)
  await call({ orderId: 'a' })
  await call({ orderId: 'refused' }).catch(() => {})
  for (const path of ['/ready', '/live', '/nowhere/1', '/nowhere/2']) await fetch(`${server.url}${path}`).then((answer) => answer.text())

  const known = { 'http.request.method': 'POST', 'url.scheme': 'http', 'http.route': '/orders/place' }
  const served = async () => (await figures('http.server.request.duration')).map(({ attributes, value }) => [attributes, value])
  // An answer counts when its last byte is out, which its client may see first.
  await expect.poll(served).toEqual([
    [{ ...known, 'http.response.status_code': 200 }, 1],
    [{ ...known, 'http.response.status_code': 422 }, 1],
    [{ 'http.request.method': 'GET', 'url.scheme': 'http', 'http.response.status_code': 404 }, 2],
  ])
  const address = { 'http.request.method': 'POST', 'server.address': '127.0.0.1', 'server.port': Number(new URL(String(server.url)).port) }
  expect(await figures('http.client.request.duration')).toEqual([
    { attributes: { ...address, 'http.response.status_code': 200 }, value: 1 },
    { attributes: { ...address, 'http.response.status_code': 422, 'error.type': '422' }, value: 1 },
  ])
  const operation = { 'tidings.service': 'orders', 'tidings.operation': 'place' }
  expect((await figures('tidings.operation.duration')).slice(-1)).toEqual([
    { attributes: { ...operation, 'error.type': 'Refused' }, value: 1 },
  ])
})
