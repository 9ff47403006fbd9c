import { command, defineContract, defineEvent, query } from '@tidings/core'
import * as z from 'zod'
import { count, customerId } from './fields.ts'

/** A customer is known from now on. Published once for each. */
export const CustomerRegistered = defineEvent('customers.customer-registered', {
  version: 1,
  schema: z.object({ customerId, name: z.string(), registeredAt: z.iso.datetime() }),
  key: (customer) => customer.customerId,
})

/** Who the shop's customers are. */
export const customers = defineContract('customers', {
  events: { CustomerRegistered },
  operations: {
    register: command({
      description: 'Makes a customer known. A customer who is known already stays as they are, and nothing is published.',
      input: z.object({ customerId }),
      output: z.object({ customerId }),
      // Every operation of this shop is open to anyone: it shows events, not authentication.
      access: 'public',
    }),
    summary: query({
      description: 'How many customers there are.',
      input: z.object({}),
      output: z.object({ customers: count }),
      access: 'public',
      http: 'GET /customers/summary',
    }),
  },
})
