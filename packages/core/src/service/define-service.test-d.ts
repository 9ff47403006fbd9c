// Types only: nothing here runs. Each `@ts-expect-error` is a mistake that the compiler must find.
import * as z from 'zod'
import { defineContract } from '../contracts/define-contract.ts'
import { defineEvent } from '../contracts/define-event.ts'
import { command, query } from '../contracts/define-operation.ts'
import type { ServiceDatabase } from '../ports/ledger.ts'
import type { FailArguments } from './context.ts'
import { defineService } from './define-service.ts'

interface Handle {
  run(sql: string, ...values: unknown[]): Promise<void>
  get<Row>(sql: string, ...values: unknown[]): Promise<Row | undefined>
}
declare const database: () => ServiceDatabase<Handle>

const Customer = z.object({ customerId: z.string(), name: z.string(), email: z.email() })
const CustomerChanged = defineEvent('customers.customer-changed', { version: 1, schema: Customer, key: (customer) => customer.customerId })
const CustomerRemoved = defineEvent('customers.customer-removed', {
  version: 1,
  schema: z.object({ customerId: z.string() }),
  key: (customer) => customer.customerId,
})

const OrderPlaced = defineEvent('orders.order-placed', {
  version: 1,
  schema: z.object({ orderId: z.string(), customerId: z.string(), total: z.number().positive(), placedAt: z.iso.datetime() }),
  key: (order) => order.orderId,
})
const orders = defineContract('orders', {
  events: { OrderPlaced },
  operations: {
    placeOrder: command({
      input: z.object({ customerId: z.string(), total: z.number().positive(), at: z.coerce.date().default(new Date(0)) }),
      output: z.object({ orderId: z.string() }),
      errors: { UnknownCustomer: z.object({ customerId: z.string() }) },
      access: { scopes: ['orders:write'] },
      http: 'POST /orders',
    }),
    getOrder: query({
      input: z.object({ orderId: z.string() }),
      output: z.object({ orderId: z.string(), total: z.number() }),
      errors: { NotFound: z.object({ orderId: z.string() }) },
      access: 'authenticated',
      http: 'GET /orders/:orderId',
      timeoutMs: 500,
    }),
  },
})

export const ordersService = defineService(orders, {
  database: database(),
  settings: z.object({ MAX_TOTAL: z.coerce.number().default(10_000) }),
})
  .copy(CustomerChanged.pick('customerId', 'name'), { into: 'customers' })
  .copy(CustomerRemoved, { removeFrom: 'customers' })
  .implement({
    placeOrder: async (input, ctx) => {
      const customer = await ctx.copies.customers.get(input.customerId)
      if (customer === undefined) return ctx.fail('UnknownCustomer', { customerId: input.customerId })
      customer.name.toUpperCase()
      // @ts-expect-error email was not picked, so it is not in the copy
      void customer.email
      // @ts-expect-error there is no such copy
      void ctx.copies.products
      const orderId = ctx.newId()
      // What the schema makes of the input, defaults and all.
      const at: Date = input.at
      await ctx.db.run('insert into orders values (?, ?)', orderId, Math.min(input.total, ctx.settings.MAX_TOTAL))
      // @ts-expect-error there is no such setting
      void ctx.settings.MIN_TOTAL
      await ctx.publish('OrderPlaced', { orderId, customerId: input.customerId, total: input.total, placedAt: at.toISOString() })
      // @ts-expect-error another service's event
      await ctx.publish('CustomerChanged', {})
      // @ts-expect-error a field is missing
      await ctx.publish('OrderPlaced', { orderId, customerId: input.customerId, total: input.total })
      // @ts-expect-error billing is not in `uses`
      await ctx.call.billing.invoiceFor({ orderId })
      // @ts-expect-error NotFound is not an error of placeOrder
      ctx.fail('NotFound', { orderId })
      // @ts-expect-error the facts of UnknownCustomer are others
      ctx.fail('UnknownCustomer', { orderId })
      return { orderId }
    },
    getOrder: async (input, ctx) =>
      (await ctx.db.get<{ orderId: string; total: number }>('select …', input.orderId)) ?? ctx.fail('NotFound', { orderId: input.orderId }),
  })

const billing = defineContract('billing', {
  operations: { invoiceFor: query({ input: z.object({ orderId: z.string() }), output: z.object({ text: z.string() }) }) },
})
export const billingService = defineService(billing, { uses: { orders }, database: database() })
  .on(
    OrderPlaced.pick('orderId', 'total'),
    async (order, ctx) => {
      const found = await ctx.call.orders.getOrder({ orderId: order.orderId }, { timeoutMs: 300 })
      await ctx.db.run('insert into invoices values (?, ?)', ctx.meta.idempotencyKey, found.total)
      // The date may be left out, and is sent as JSON can carry it.
      await ctx.call.orders.placeOrder({ customerId: 'c', total: 1 })
      // @ts-expect-error customerId was not picked
      void order.customerId
      // @ts-expect-error the input of getOrder is another
      await ctx.call.orders.getOrder({ id: order.orderId })
      // @ts-expect-error the output of getOrder has no such field
      void found.customerId
      // @ts-expect-error a reaction has no caller
      void ctx.principal
      // @ts-expect-error a reaction answers nobody, so it cannot fail with an error of the contract
      ctx.fail('NotFound', {})
      // @ts-expect-error billing has no events of its own
      await ctx.publish('OrderPlaced', {})
    },
    { from: 'beginning' },
  )
  .implement({
    invoiceFor: async (input, ctx) => {
      // @ts-expect-error an operation without errors cannot fail with one
      if (input.orderId === '') ctx.fail('NotFound', {})
      return { text: input.orderId }
    },
  })

// @ts-expect-error an operation is missing
defineService(orders).implement({ getOrder: async (input) => ({ orderId: input.orderId, total: 1 }) })

defineService(billing).implement({
  invoiceFor: async () => ({ text: '' }),
  // @ts-expect-error the contract has no such operation
  sendInvoice: async () => ({}),
})

defineService(billing).implement({
  // @ts-expect-error the output is another
  invoiceFor: async () => ({ words: '' }),
})

// @ts-expect-error a copy that nothing feeds
defineService(billing).copy(CustomerRemoved, { removeFrom: 'customers' })

// @ts-expect-error the event has no such field
CustomerChanged.pick('phone')

// @ts-expect-error from has two choices
defineService(billing).on(OrderPlaced, async () => {}, { from: 'yesterday' })

// A hand-written copy gets the picked fields and the handle, and nothing that has effects.
defineService(billing, { database: database() }).copy(OrderPlaced.pick('orderId'), async (order, ctx) => {
  await ctx.db.run('insert into orders values (?, ?)', order.orderId, ctx.meta.position)
  // @ts-expect-error total was not picked
  void order.total
  // @ts-expect-error a copy calls nobody
  void ctx.call
  // @ts-expect-error a copy publishes nothing
  void ctx.publish
})

defineService(billing).on(OrderPlaced, async (_, ctx) => {
  // @ts-expect-error without a database there is no handle
  await ctx.db.run('insert')
})

// What a handler gives as the facts of an error is what the schema takes.
const later = query({
  input: z.object({}),
  output: z.object({}),
  errors: { Later: z.object({ seconds: z.coerce.number(), reason: z.string().default('busy') }) },
})
export const given: FailArguments<typeof later> = ['Later', { seconds: '5' }]
// @ts-expect-error no facts at all
export const missing: FailArguments<typeof later> = ['Later']
