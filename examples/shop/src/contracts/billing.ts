import { defineContract, defineEvent, query } from '@tidings/core'
import * as z from 'zod'
import { count, customerId, month, orderId, placedAt, totalCents } from './fields.ts'

/** An order has its invoice: exactly one, so the invoice goes by the order's id. */
export const InvoiceIssued = defineEvent('billing.invoice-issued', {
  version: 1,
  schema: z.object({ orderId, customerId, totalCents, placedAt }),
  key: (invoice) => invoice.orderId,
})

/** Writes an invoice for every order. */
export const billing = defineContract('billing', {
  events: { InvoiceIssued },
  operations: {
    summary: query({
      description: 'How many invoices there are, for how much, and for how many different customers.',
      input: z.object({}),
      output: z.object({ invoices: count, totalCents, customers: count }),
      access: 'public',
      http: 'GET /billing/summary',
    }),
    months: query({
      description: 'Invoices by the month of their orders, oldest first.',
      input: z.object({}),
      output: z.array(z.object({ month, invoices: count, totalCents })),
      access: 'public',
      http: 'GET /billing/months',
    }),
    monthByCustomer: query({
      description: 'Invoices of one month by customer, in order of their ids.',
      input: z.object({ month }),
      output: z.array(z.object({ customerId, invoices: count, totalCents })),
      access: 'public',
      http: 'GET /billing/months/:month/customers',
      timeoutMs: 10_000,
    }),
  },
})
