import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, defineContract, defineEvent, defineService, query } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'

const CustomerChanged = defineEvent('customers.customer-changed', {
  version: 1,
  schema: z.object({ customerId: z.string(), name: z.string(), email: z.string() }),
  key: (customer) => customer.customerId,
})
const customers = defineContract('customers', {
  events: { CustomerChanged },
  operations: {
    changeCustomer: command({
      input: z.object({ customerId: z.string(), name: z.string(), email: z.string() }),
      output: z.object({ ok: z.literal(true) }),
    }),
  },
})
const OrderPlaced = defineEvent('orders.order-placed', {
  version: 1,
  schema: z.object({ orderId: z.string(), customerId: z.string(), total: z.number() }),
  key: (order) => order.orderId,
})
const orders = defineContract('orders', {
  events: { OrderPlaced },
  operations: {
    placeOrder: command({
      input: z.object({ customerId: z.string(), total: z.number() }),
      output: z.object({ orderId: z.string() }),
      errors: { UnknownCustomer: z.object({ customerId: z.string() }) },
    }),
  },
})
const billing = defineContract('billing', {
  operations: { invoices: query({ input: z.object({}), output: z.object({ count: z.number(), total: z.number() }) }) },
})

const customersService = defineService(customers).implement({
  changeCustomer: async (input, ctx) => {
    await ctx.publish('CustomerChanged', input)
    return { ok: true as const }
  },
})
const ordersService = defineService(orders, {
  database: sqlite({ migrations: ['create table orders (id text primary key, total integer) strict'] }),
})
  .copy(CustomerChanged.pick('customerId', 'name'), { into: 'customers' })
  .implement({
    placeOrder: async (input, ctx) => {
      const customer = await ctx.copies.customers.get(input.customerId)
      if (customer === undefined) return ctx.fail('UnknownCustomer', { customerId: input.customerId })
      const orderId = ctx.newId()
      await ctx.db.run('insert into orders values (?, ?)', orderId, input.total)
      await ctx.publish('OrderPlaced', { orderId, ...input })
      return { orderId }
    },
  })
const billingService = defineService(billing, {
  database: sqlite({ migrations: ['create table invoices (order_id text primary key, total integer) strict'] }),
})
  .on(OrderPlaced.pick('orderId', 'total'), async (order, ctx) => {
    await ctx.db.run('insert into invoices values (?, ?)', order.orderId, order.total)
  })
  .implement({
    invoices: async (_input, ctx) =>
      (await ctx.db.get<{ count: number; total: number }>('select count(*) as count, coalesce(sum(total), 0) as total from invoices')) ?? {
        count: 0,
        total: 0,
      },
  })

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tidings-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

test('an order placed in one service is invoiced once in another', async () => {
  await using system = createSystem({ services: [customersService, ordersService, billingService], directory: await directory() })
  await system.start()
  await system.call('customers').changeCustomer({ customerId: 'c1', name: 'Ada', email: 'ada@example.org' })
  await system.settled()
  const first = await system.call('orders').placeOrder({ customerId: 'c1', total: 12 }, { idempotencyKey: 'a' })
  const again = await system.call('orders').placeOrder({ customerId: 'c1', total: 12 }, { idempotencyKey: 'a' })
  expect(again).toEqual(first)
  await system.settled()
  expect(await system.call('billing').invoices({})).toEqual({ count: 1, total: 12 })
  await expect(system.call('orders').placeOrder({ customerId: 'nobody', total: 1 })).rejects.toMatchObject({
    code: 'OPERATION_FAILED',
    reason: 'UnknownCustomer',
  })
  await expect(system.call('orders').placeOrder({ customerId: 'c1', total: 13 }, { idempotencyKey: 'a' })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  })
  expect(system.readiness()).toEqual({ ready: true, reasons: [], notes: [] })
})
