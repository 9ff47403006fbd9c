import { defineService, RequestFailed, RequestTimedOut, ServiceUnavailable } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { CustomerRegistered, customers } from '../contracts/customers.ts'
import { monthOf } from '../contracts/fields.ts'
import { type Order, orders } from '../contracts/orders.ts'

const migrations = [
  `create table orders (
    order_id text primary key, customer_id text not null, month text not null,
    quantity integer not null, total_cents integer not null, placed_at text not null
  ) strict`,
  'create index orders_by_month on orders (month, customer_id)',
]

/** The service `orders`. */
export const ordersService = defineService(orders, { uses: { customers }, database: sqlite({ migrations }) })
  .copy(CustomerRegistered.pick('customerId'), { into: 'customers' })
  .implement({
    placeOrder: async (purchase, ctx) => {
      // Look, ask, then write: a call to another service is refused once this handler's transaction is open.
      const known = await ctx.copies.customers.get(purchase.customerId)
      // The copy is a moment behind, so a new customer who orders twice may be registered twice: that changes nothing there.
      if (known === undefined) {
        try {
          await ctx.call.customers.register({ customerId: purchase.customerId })
        } catch (error) {
          // The caller learns what is away, slow or wrong, and when to come again; everybody known may order on.
          if (error instanceof ServiceUnavailable)
            ctx.fail('CustomersUnavailable', { service: error.service, retryAfterMs: error.retryAfterMs })
          if (error instanceof RequestTimedOut || error instanceof RequestFailed)
            ctx.fail('CustomersUnavailable', { service: error.service, retryAfterMs: 1_000 })
          throw error
        }
      }

      // From ctx, so that the same request run again takes the same id.
      const order = { orderId: ctx.newId(), ...purchase }
      await ctx.db.run(
        'insert into orders values (?, ?, ?, ?, ?, ?)',
        order.orderId,
        order.customerId,
        monthOf(order.placedAt),
        order.quantity,
        order.totalCents,
        order.placedAt,
      )
      await ctx.publish('OrderPlaced', order)
      return { orderId: order.orderId }
    },

    getOrder: async ({ orderId }, ctx) => {
      const order = await ctx.db.get<Order>(
        `select order_id as orderId, customer_id as customerId, quantity, total_cents as totalCents, placed_at as placedAt
         from orders where order_id = ?`,
        orderId,
      )
      return order ?? ctx.fail('NotFound', { orderId })
    },

    summary: async (_, ctx) =>
      (await ctx.db.get(
        'select count(*) as orders, coalesce(sum(total_cents), 0) as totalCents, count(distinct customer_id) as customers from orders',
      )) ?? { orders: 0, totalCents: 0, customers: 0 },

    months: async (_, ctx) =>
      ctx.db.all('select month, count(*) as orders, sum(total_cents) as totalCents from orders group by month order by month'),

    monthByCustomer: async ({ month }, ctx) =>
      ctx.db.all(
        `select customer_id as customerId, count(*) as orders, sum(total_cents) as totalCents
         from orders where month = ? group by customer_id order by customer_id`,
        month,
      ),
  })
