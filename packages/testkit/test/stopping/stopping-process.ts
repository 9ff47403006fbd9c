// Runs one service in a process of its own until a signal comes. Arguments: the folder. Says on its channel where it answers,
// and when a handler has begun; `go` on the channel lets that go on. A handler for `hang` heeds nothing.
import { once } from 'node:events'
import { command, defineContract, defineEvent, defineService, systemRuntime } from '@tidings/core'
import { createSystem, runSystem } from '@tidings/event-store'
import { sqlite } from '@tidings/event-store/sqlite'
import { httpServer } from '@tidings/http'
import * as z from 'zod'

const [directory = '.'] = process.argv.slice(2)
const schema = z.object({ orderId: z.string() })
const Placed = defineEvent('orders.placed', { version: 1, schema, key: ({ orderId }) => orderId })
const place = command({ input: schema, output: schema, access: 'public', timeoutMs: 60_000 })
const contract = defineContract('orders', { events: { Placed }, operations: { place } })
const migrations = ['create table seen (order_id text primary key) strict']
const service = defineService(contract, { database: sqlite({ migrations }) }).implement({
  place: async ({ orderId }, ctx) => {
    process.send?.(`begun ${orderId}`)
    if (orderId === 'wait') await once(process, 'message')
    // With a timer of its own, which holds the process open.
    if (orderId === 'hang') await new Promise(() => setInterval(() => {}, 1_000))
    await ctx.db.run('insert into seen values (?)', orderId)
    await ctx.publish('Placed', { orderId })
    return { orderId }
  },
})
const server = httpServer({ port: 0 })
const stopMs = Number(process.env.STOP_MS ?? 60_000)
const system = createSystem({ services: [service], directory, server, stopMs })
// The test holds a channel, which would hold this process open.
process.channel?.unref()
const logger = { ...systemRuntime.logger, info: (message: string) => process.send?.(message.split(',')[0]) }
await runSystem(system, { runtime: { clock: systemRuntime.clock, logger }, onStarted: () => void process.send?.(String(server.url)) })
