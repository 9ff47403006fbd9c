import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, command, defineContract, defineEvent, defineService, query, systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqlite, sqliteEventLog } from '@tidings/event-store/sqlite'
import { httpClient, httpServer } from '@tidings/http'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'

const Stocked = defineEvent('store.stocked', {
  version: 1,
  schema: z.object({ item: z.string(), amount: z.number() }),
  key: (stock) => stock.item,
})
const store = defineContract('store', {
  events: { Stocked },
  operations: {
    take: command({
      input: z.object({ item: z.string(), amount: z.number().int().positive() }),
      output: z.object({ left: z.number() }),
      errors: { TooFew: z.object({ left: z.number() }) },
      access: 'public',
    }),
    stock: command({ input: z.object({ item: z.string(), amount: z.number().int() }), output: z.object({}), access: 'public' }),
  },
})
const Sold = defineEvent('till.sold', {
  version: 1,
  schema: z.object({ item: z.string(), amount: z.number(), left: z.number() }),
  key: (sale) => sale.item,
})
const till = defineContract('till', {
  events: { Sold },
  operations: {
    sell: command({
      input: z.object({ item: z.string(), amount: z.number().int() }),
      output: z.object({ left: z.number() }),
      access: 'public',
    }),
    sold: query({ input: z.object({}), output: z.array(z.object({ item: z.string(), amount: z.number() })), access: 'public' }),
  },
})

const storeService = defineService(store, {
  database: sqlite({ migrations: ['create table items (item text primary key, amount integer not null) strict'] }),
}).implement({
  stock: async ({ item, amount }, ctx) => {
    await ctx.db.run('insert into items values (?, ?) on conflict (item) do update set amount = amount + excluded.amount', item, amount)
    await ctx.publish('Stocked', { item, amount })
    return {}
  },
  take: async ({ item, amount }, ctx) => {
    const found = await ctx.db.get<{ amount: number }>('select amount from items where item = ?', item)
    const left = (found?.amount ?? 0) - amount
    if (left < 0) return ctx.fail('TooFew', { left: found?.amount ?? 0 })
    await ctx.db.run('update items set amount = ? where item = ?', left, item)
    return { left }
  },
})
const tillService = defineService(till, {
  uses: { store },
  database: sqlite({ migrations: ['create table sales (number integer primary key, item text, amount integer) strict'] }),
})
  .copy(Stocked.pick('item', 'amount'), { into: 'stocked' })
  .implement({
    sell: async ({ item, amount }, ctx) => {
      const { left } = await ctx.call.store.take({ item, amount })
      await ctx.db.run('insert into sales (item, amount) values (?, ?)', item, amount)
      await ctx.publish('Sold', { item, amount, left })
      return { left }
    },
    sold: async (_input, ctx) => ctx.db.all('select item, amount from sales order by number'),
  })

/** Everything that was answered and everything in the log, without ids and times, as text. */
async function play(
  clients: { readonly till: Client<typeof till>; readonly store: Client<typeof store> },
  logFile: string,
): Promise<string> {
  const answers: unknown[] = []
  const ask = async (work: () => Promise<unknown>): Promise<void> => {
    answers.push(
      await work().catch((error: Record<string, unknown>) => ({
        code: error.code,
        reason: error.reason,
        detail: error.detail,
        remoteCode: error.remoteCode,
        retryable: error.retryable,
        faults: error.faults,
        message: error.message,
      })),
    )
  }
  await ask(() => clients.store.stock({ item: 'apple', amount: 5 }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 2 }, { idempotencyKey: 'one' }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 2 }, { idempotencyKey: 'one' }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 3 }, { idempotencyKey: 'one' }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 9 }))
  await ask(() => clients.store.take({ item: 'pear', amount: 1 }))
  await ask(() => clients.store.take({ item: 'apple', amount: -1 }))
  await ask(() => clients.store.take({ item: 'apple', amount: 1, colour: 'red' } as never))
  await ask(() => clients.till.sold({}))
  const log = sqliteEventLog({ file: logFile })
  await expect.poll(() => log.sealed()).toBe(2)
  const { events } = await log.read({ after: 0, limit: 100 })
  await log.close()
  return JSON.stringify(
    {
      answers,
      events: events.map(({ position, type, version, key, service, data, headers, encoding }) => ({
        position,
        type,
        version,
        key,
        service,
        data,
        headers,
        encoding,
      })),
    },
    null,
    1,
  )
}

const quiet = { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidings-apart-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The port is not known.')
  return address.port
}

test('one scenario gives the same answers and events in one process and over HTTP, byte for byte', async () => {
  const together = folder()
  const one = createSystem({ services: [storeService, tillService], directory: together, runtime: quiet })
  onTestFinished(() => one.stop())
  await one.start()
  const inProcess = await play({ till: one.call('till'), store: one.call('store') }, join(together, 'log.db'))

  const apart = folder()
  const port = await freePort()
  const storeAlone = createSystem({ services: [storeService], directory: apart, server: httpServer({ port }), runtime: quiet })
  onTestFinished(() => storeAlone.stop())
  await storeAlone.start()
  const tillAlone = createSystem({
    services: [tillService],
    directory: apart,
    client: httpClient({ locate: { store: `http://127.0.0.1:${port}` } }),
    runtime: quiet,
  })
  onTestFinished(() => tillAlone.stop())
  await tillAlone.start()
  const overHttp = await play({ till: tillAlone.call('till'), store: storeAlone.call('store') }, join(apart, 'log.db'))
  expect(overHttp).toBe(inProcess)
  expect(JSON.parse(inProcess)).toMatchObject({
    answers: { 1: { left: 3 }, 2: { left: 3 }, 3: { code: 'IDEMPOTENCY_KEY_REUSED' }, 8: [{ item: 'apple', amount: 2 }] },
  })
})
