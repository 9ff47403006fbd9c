import { defineContract, query } from '@tidings/core'
import * as z from 'zod'
import { count, customerId, month, totalCents } from './fields.ts'

/** Answers questions about revenue from copies of orders and invoices. Revenue is what was invoiced. */
export const insights = defineContract('insights', {
  operations: {
    summary: query({
      description: 'How many orders and invoices have arrived here so far.',
      input: z.object({}),
      output: z.object({ orders: count, invoices: count }),
      access: 'public',
      http: 'GET /insights/summary',
    }),
    months: query({
      description: 'Orders and revenue by month, oldest first. An order without its invoice counts as an order and brings no revenue yet.',
      input: z.object({}),
      output: z.array(z.object({ month, orders: count, totalCents })),
      access: 'public',
      http: 'GET /insights/months',
    }),
    monthByCustomer: query({
      description: 'Orders and revenue of one month by customer, in order of their ids.',
      input: z.object({ month }),
      output: z.array(z.object({ customerId, orders: count, totalCents })),
      access: 'public',
      http: 'GET /insights/months/:month/customers',
      timeoutMs: 10_000,
    }),
  },
})
