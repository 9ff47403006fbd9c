import { defineService } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { InvoiceIssued } from '../contracts/billing.ts'
import { monthOf } from '../contracts/fields.ts'
import { insights } from '../contracts/insights.ts'
import { OrderPlaced } from '../contracts/orders.ts'

const migrations = [
  'create table orders (order_id text primary key, customer_id text not null, month text not null) strict',
  'create index orders_by_month on orders (month, customer_id)',
  'create table invoices (order_id text primary key, total_cents integer not null) strict',
]

/**
 * The service `insights`. Its copies are written by hand, since months are counted with SQL over both. Such a write must
 * be idempotent: a rebuild runs it again.
 */
export function insightsService(contract: typeof insights = insights) {
  return defineService(contract, { database: sqlite({ migrations }) })
    .copy(OrderPlaced.pick('orderId', 'customerId', 'placedAt'), async (order, { db }) => {
      await db.run('insert or replace into orders values (?, ?, ?)', order.orderId, order.customerId, monthOf(order.placedAt))
    })
    .copy(InvoiceIssued.pick('orderId', 'totalCents'), async (invoice, { db }) => {
      await db.run('insert or replace into invoices values (?, ?)', invoice.orderId, invoice.totalCents)
    })
    .implement({
      summary: async (_, ctx) =>
        (await ctx.db.get('select (select count(*) from orders) as orders, (select count(*) from invoices) as invoices')) ?? {
          orders: 0,
          invoices: 0,
        },

      months: async (_, ctx) =>
        ctx.db.all(
          `select month, count(*) as orders, coalesce(sum(total_cents), 0) as totalCents
           from orders left join invoices using (order_id) group by month order by month`,
        ),

      monthByCustomer: async ({ month }, ctx) =>
        ctx.db.all(
          `select customer_id as customerId, count(*) as orders, coalesce(sum(total_cents), 0) as totalCents
           from orders left join invoices using (order_id) where month = ? group by customer_id order by customer_id`,
          month,
        ),
    })
}
