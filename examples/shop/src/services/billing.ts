import { defineService } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { billing } from '../contracts/billing.ts'
import { CustomerRegistered } from '../contracts/customers.ts'
import { monthOf } from '../contracts/fields.ts'
import { OrderPlaced } from '../contracts/orders.ts'

const migrations = [
  `create table invoices (
    order_id text primary key, customer_id text not null, customer_name text,
    month text not null, total_cents integer not null
  ) strict`,
  'create index invoices_by_month on invoices (month, customer_id)',
]

/** The service `billing`. */
export const billingService = defineService(billing, { database: sqlite({ migrations }) })
  .copy(CustomerRegistered.pick('customerId', 'name'), { into: 'customers' })
  .on(
    OrderPlaced.pick('orderId', 'customerId', 'totalCents', 'placedAt'),
    async (order, ctx) => {
      // The order may stand before its customer in the log. An invoice does without the name then; it never waits for it.
      const customer = await ctx.copies.customers.get(order.customerId)

      // The order's id is the invoice's: should someone replay this reaction, what is invoiced already stays as it is.
      const isNew = await ctx.db.get(
        'insert into invoices values (?, ?, ?, ?, ?) on conflict do nothing returning order_id',
        order.orderId,
        order.customerId,
        customer?.name ?? null,
        monthOf(order.placedAt),
        order.totalCents,
      )
      if (isNew !== undefined) await ctx.publish('InvoiceIssued', order)
    },
    // Orders that were placed before billing existed get their invoices too.
    { from: 'beginning' },
  )
  .implement({
    summary: async (_, ctx) =>
      (await ctx.db.get(
        'select count(*) as invoices, coalesce(sum(total_cents), 0) as totalCents, count(distinct customer_id) as customers from invoices',
      )) ?? { invoices: 0, totalCents: 0, customers: 0 },

    months: async (_, ctx) =>
      ctx.db.all('select month, count(*) as invoices, sum(total_cents) as totalCents from invoices group by month order by month'),

    monthByCustomer: async ({ month }, ctx) =>
      ctx.db.all(
        `select customer_id as customerId, count(*) as invoices, sum(total_cents) as totalCents
         from invoices where month = ? group by customer_id order by customer_id`,
        month,
      ),
  })
