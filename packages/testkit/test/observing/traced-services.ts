import {
  command,
  defineContract,
  defineEvent,
  defineService,
  query,
  type Service,
  type ServiceDatabase,
  StoreUnavailable,
} from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import * as z from 'zod'

/** The services of the traced shop. */
export const tracedNames = ['customers', 'orders', 'billing', 'mail'] as const
/** A service of the traced shop. */
export type TracedName = (typeof tracedNames)[number]

const order = z.object({ orderId: z.string() })

const customers = defineContract('customers', {
  operations: { rate: query({ input: z.object({}), output: z.object({ rate: z.number() }), access: 'public' }) },
})

const OrderPlaced = defineEvent('orders.order-placed', { version: 1, schema: order, key: ({ orderId }) => orderId })
/** Where the story begins. */
export const orders = defineContract('orders', {
  events: { OrderPlaced },
  operations: { placeOrder: command({ input: order, output: order, access: 'public', http: 'PUT /orders/:orderId' }) },
})

const InvoiceSent = defineEvent('billing.invoice-sent', { version: 1, schema: order, key: ({ orderId }) => orderId })
const billing = defineContract('billing', { events: { InvoiceSent } })
const mail = defineContract('mail', {})

const database = () => sqlite({ migrations: ['create table done (order_id text primary key) strict'] }) as ServiceDatabase
const insert = 'insert into done values (?)'

/** An order is placed, invoiced and mailed; billing asks customers for the rate, which is away for the first time it is asked. */
export function tracedServices(): Readonly<Record<TracedName, Service>> {
  let asked = 0
  let tried = 0
  const handles = { database: sqlite({ migrations: ['create table done (order_id text primary key) strict'] }) }
  return {
    customers: defineService(customers, { database: database() }).implement({
      rate: async () => {
        if (asked++ === 0) throw new StoreUnavailable({ store: 'rates', reason: 'it is restarting' })
        return { rate: 1 }
      },
    }) as Service,
    orders: defineService(orders, handles).implement({
      placeOrder: async ({ orderId }, ctx) => {
        await ctx.db.run(insert, orderId)
        await ctx.publish('OrderPlaced', { orderId })
        return { orderId }
      },
    }) as Service,
    billing: defineService(billing, { ...handles, uses: { customers }, consumer: { retry: { baseMs: 1 } } })
      .on(OrderPlaced, async ({ orderId }, ctx) => {
        if (tried++ === 0) throw new Error('not yet')
        await ctx.call.customers.rate({})
        await ctx.db.run(insert, orderId)
        await ctx.publish('InvoiceSent', { orderId })
      })
      .implement({}) as Service,
    mail: defineService(mail, handles)
      .on(InvoiceSent, async ({ orderId }, ctx) => {
        await ctx.db.run(insert, orderId)
      })
      .implement({}) as Service,
  }
}
