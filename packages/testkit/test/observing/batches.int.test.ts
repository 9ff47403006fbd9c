import { command, defineContract, defineEvent, defineService, type StoredEvent } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { type MemoryHandle, memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { quietRuntime } from '../quiet-runtime.ts'
import { type RecordedSpan, recordSpans } from './record-spans.ts'

const spans = recordSpans()

const schema = z.object({ orderId: z.string() })
const Placed = defineEvent('orders.placed', { version: 1, schema, key: ({ orderId }) => orderId })
const place = command({ input: z.object({ ids: z.array(z.string()) }), output: z.object({}) })
const orders = defineContract('orders', { events: { Placed }, operations: { place } })
const ordersService = defineService(orders, { database: memory() }).implement({
  place: async ({ ids }, ctx) => {
    for (const orderId of ids) await ctx.publish('Placed', { orderId })
    return {}
  },
})

/** The log of a system in which orders were placed and nobody has listened yet. */
async function logWith(...placed: readonly (readonly string[])[]) {
  const log = memoryEventLog()
  // The system closes its log when it stops; this one goes on.
  const system = createSystem({ services: [ordersService], eventStore: { ...kept(log) }, runtime: quietRuntime })
  await system.start()
  for (const ids of placed) await system.call('orders').place({ ids: [...ids] })
  await system.settled()
  await system.stop()
  onTestFinished(() => log.close())
  return log
}

function kept(log: ReturnType<typeof memoryEventLog>): ReturnType<typeof memoryEventLog> {
  return {
    capabilities: log.capabilities,
    location: log.location,
    exists: () => log.exists(),
    identity: () => log.identity(),
    append: (events) => log.append(events),
    read: (query) => log.read(query),
    sealed: () => log.sealed(),
    onAdvance: (ring) => log.onAdvance(ring),
    close: async () => {},
  }
}

/** Runs a service that reacts to the orders, and answers the spans that come of it. */
async function react(log: ReturnType<typeof memoryEventLog>, name: string, handler: (orderId: string, db: MemoryHandle) => Promise<void>) {
  const before = spans().length
  const service = defineService(defineContract(name, {}), { database: memory(), consumer: { retry: { attempts: 2, baseMs: 1 } } })
    .on(Placed, async ({ orderId }, ctx) => handler(orderId, ctx.db), { from: 'beginning' })
    .implement({})
  const system = createSystem({ services: [service], eventStore: kept(log), runtime: quietRuntime })
  await system.start()
  await system.settled()
  await system.stop()
  return spans().slice(before)
}

const traceOf = ({ traceparent }: StoredEvent): string | undefined => traceparent?.split('-')[1]
const named = (all: readonly RecordedSpan[], name: string): readonly RecordedSpan[] => all.filter((span) => span.name === name)

test('each event of a batch is handled in its own trace, and the batch in one that is linked to theirs', async () => {
  const log = await logWith(['a'], ['b'], ['c'])
  const traces = (await log.read({ after: 0, limit: 10 })).events.map(traceOf)
  expect(new Set(traces).size).toBe(3)
  const all = await react(log, 'reader', async (orderId, db) => db.put('seen', orderId, true))
  const [batch, ...others] = named(all, 'process batch')
  expect(others).toEqual([])
  expect(batch).toMatchObject({ kind: 'CONSUMER', isError: false, links: traces, attributes: { 'messaging.batch.message_count': 3 } })
  expect(named(all, 'process orders.placed').map(({ traceId, isError }) => [traceId, isError])).toEqual(traces.map((id) => [id, false]))
  expect(named(all, 'COMMIT').filter(({ traceId }) => traceId === batch?.traceId)).toHaveLength(1)
})

test('a batch whose events belong to one trace goes on in that', async () => {
  const log = await logWith(['a', 'b'])
  const [first, second] = (await log.read({ after: 0, limit: 10 })).events.map(traceOf)
  expect(first).toBe(second)
  const all = await react(log, 'reader', async (orderId, db) => db.put('seen', orderId, true))
  expect(named(all, 'process batch').map(({ traceId }) => traceId)).toEqual([first])
})

test('what was rolled back with its batch is told as that, and each further attempt has a span of its own', async () => {
  const log = await logWith(['a'], ['b'], ['c'])
  const all = await react(log, 'reader', async (orderId, db) => {
    await db.put('seen', orderId, true)
    if (orderId === 'b') throw new RangeError('no')
  })
  expect(named(all, 'process batch').map(({ isError }) => isError)).toEqual([true])
  const runs = named(all, 'process orders.placed').map(({ isError, attributes }) => [
    attributes['tidings.event.position'],
    attributes['tidings.attempt'],
    isError ? attributes['error.type'] : undefined,
  ])
  expect(runs).toEqual([
    [1, undefined, 'RangeError'],
    [2, undefined, 'RangeError'],
    [1, 1, undefined],
    [2, 2, 'RangeError'],
    [3, undefined, undefined],
  ])
})
