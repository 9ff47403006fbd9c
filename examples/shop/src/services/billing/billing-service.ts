import { defineService } from '@tidings/core'
import { billing } from '../../contracts/billing.ts'
import { CustomerRegistered } from '../../contracts/customers.ts'
import { monthOf } from '../../contracts/fields.ts'
import { OrderPlaced } from '../../contracts/orders.ts'
import type { Invoices } from './invoices.ts'

/** The service `billing`, on whatever database its invoices are kept in. */
export function billingService<Db>(invoices: Invoices<Db>, contract: typeof billing = billing) {
  return defineService(contract, { database: invoices.database })
    .copy(CustomerRegistered.pick('customerId', 'name'), { into: 'customers' })
    .on(
      OrderPlaced.pick('orderId', 'customerId', 'totalCents', 'placedAt'),
      async (order, ctx) => {
        // The order may stand before its customer in the log. An invoice does without the name then; it never waits for it.
        const customer = await ctx.copies.customers.get(order.customerId)

        // The order's id is the invoice's: should someone replay this reaction, what is invoiced already stays as it is.
        const isNew = await invoices.add(ctx.db, {
          orderId: order.orderId,
          customerId: order.customerId,
          customerName: customer?.name ?? null,
          month: monthOf(order.placedAt),
          totalCents: order.totalCents,
        })
        if (isNew) await ctx.publish('InvoiceIssued', order)
      },
      // Orders that were placed before billing existed get their invoices too.
      { from: 'beginning' },
    )
    .implement({
      summary: (_, ctx) => invoices.summary(ctx.db),
      months: (_, ctx) => invoices.months(ctx.db),
      monthByCustomer: ({ month }, ctx) => invoices.customersOf(ctx.db, month),
    })
}
