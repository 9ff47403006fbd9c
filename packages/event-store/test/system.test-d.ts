// Types only: nothing here runs. Each `@ts-expect-error` is a mistake that the compiler must find.
import { command, defineContract, defineEvent, defineService, query, type Service } from '@tidings/core'
import { createSystem, type System } from '@tidings/event-store'
import { memory } from '@tidings/event-store/memory'
import { sqlite } from '@tidings/event-store/sqlite'
import * as z from 'zod'

const OrderPlaced = defineEvent('orders.order-placed', {
  version: 1,
  schema: z.object({ orderId: z.string(), total: z.number() }),
  key: (order) => order.orderId,
})
const orders = defineContract('orders', {
  events: { OrderPlaced },
  operations: {
    placeOrder: command({ input: z.object({ customerId: z.string(), total: z.number() }), output: z.object({ orderId: z.string() }) }),
  },
})
const billing = defineContract('billing', {
  operations: { invoiceFor: query({ input: z.object({ orderId: z.string() }), output: z.object({ text: z.string() }) }) },
})
const ordersService = defineService(orders, {
  database: sqlite(),
  settings: z.object({ MAX_TOTAL: z.coerce.number().default(10) }),
}).implement({ placeOrder: async () => ({ orderId: 'o1' }) })
const billingService = defineService(billing, { uses: { orders } })
  .copy(OrderPlaced.pick('orderId', 'total'), { into: 'orders' })
  .implement({ invoiceFor: async () => ({ text: '' }) })

const system = createSystem({ services: [ordersService, billingService], databases: { orders: memory() } })

export const placed: Promise<{ orderId: string }> = system
  .call('orders')
  .placeOrder({ customerId: 'c1', total: 12 }, { idempotencyKey: 'a' })
export const invoice: Promise<{ text: string }> = system.call('billing').invoiceFor({ orderId: 'o1' })

// @ts-expect-error no such operation
system.call('billing').nope({})
// @ts-expect-error an operation of another service
system.call('billing').placeOrder({ customerId: 'c1', total: 12 })
// @ts-expect-error no such service
system.call('shipping')
// @ts-expect-error no such service
system.in('shipping', async () => {})
// @ts-expect-error no such service
system.consumer('shipping')
// @ts-expect-error a contract is no service
createSystem({ services: [orders] })
// @ts-expect-error services are needed
createSystem({ directory: '.tidings' })
// @ts-expect-error a database for no service
createSystem({ services: [ordersService], databases: { shipping: memory() } })

// What the work is given is what the service's handlers are given.
export const total: Promise<number> = system.in('orders', async (ctx) => {
  await ctx.publish('OrderPlaced', { orderId: ctx.newId(), total: ctx.settings.MAX_TOTAL })
  // @ts-expect-error no such event
  await ctx.publish('OrderPlacd', { orderId: 'o1', total: 1 })
  // @ts-expect-error a field is missing
  await ctx.publish('OrderPlaced', { orderId: 'o1' })
  // @ts-expect-error no such setting
  void ctx.settings.MIN_TOTAL
  // @ts-expect-error the service has no copies
  void ctx.copies.customers
  // @ts-expect-error the service uses no other
  void ctx.call.billing
  await ctx.db.run('delete from orders')
  // @ts-expect-error the handle has no such method
  await ctx.db.query('select 1')
  return (await ctx.db.get<{ total: number }>('select sum(total) as total from orders'))?.total ?? 0
})
system.in('billing', async (ctx) => {
  // @ts-expect-error another service's event
  await ctx.publish('OrderPlaced', { orderId: 'o1', total: 1 })
  // @ts-expect-error no such operation
  void ctx.call.orders.cancelOrder
  // @ts-expect-error no such copy
  void ctx.copies.customers
  // @ts-expect-error without a database there is no handle
  await ctx.db.run('delete from invoices')
  const copied: { orderId: string; total: number } | undefined = await ctx.copies.orders.get('o1')
  return ctx.call.orders.placeOrder({ customerId: 'c1', total: copied?.total ?? 0 })
})

system.consumer('billing').rebuild('orders')
system.consumer('billing').rebuild('copy orders.order-placed')
// @ts-expect-error no such copy
system.consumer('billing').rebuild('invoices')
// @ts-expect-error the service has no copies
system.consumer('orders').rebuild('orders')

// Where services are not known one by one, names and data are checked when they are used.
export async function anySystem(any: System, services: readonly Service[], name: string): Promise<void> {
  await any.in('orders', (ctx) => ctx.publish('OrderPlaced', { orderId: 'o1' }))
  await any.consumer(name).rebuild(name)
  const other = createSystem({ services, databases: { orders: memory() } })
  await other.in(name, (ctx) => ctx.publish('OrderPlaced', {}))
}
// A system of known services can be handed to whoever takes any.
export const handedOn: Promise<void> = anySystem(system, [ordersService], 'orders')
