import { command, defineContract, defineEvent, query } from '@tidings/core'
import * as z from 'zod'
import { count, customerId, month, orderId, placedAt, quantity, totalCents } from './fields.ts'
import { guarded } from './guarded.ts'

const purchase = z.object({ customerId, quantity, totalCents, placedAt })
const order = purchase.extend({ orderId })

/** An order as it was taken. */
export type Order = z.output<typeof order>

/** An order was taken. */
export const OrderPlaced = defineEvent('orders.order-placed', {
  version: 1,
  schema: order,
  // The order, not the customer: orders do not change each other here, so a failing one holds back nothing but itself,
  // and a copy of this event keeps one row for each order.
  key: (placed) => placed.orderId,
})

/** Someone new is registered with customers first, and that service does not answer, or not as it should. Nothing was ordered. */
const errors = { CustomersUnavailable: z.object({ service: z.string(), retryAfterMs: z.int() }) }
const placing = {
  description:
    'Takes an order. With an Idempotency-Key the same request gets the same answer and makes one order, however often it is sent.',
  output: z.object({ orderId }),
  http: { route: 'POST /orders', status: 201, errors: { CustomersUnavailable: 503 } },
  timeoutMs: 10_000,
}

/** Takes orders and tells about them. */
export const orders = defineContract('orders', {
  events: { OrderPlaced },
  operations: {
    placeOrder: command({ ...placing, input: purchase, errors, access: 'public' }),
    getOrder: query({
      description: 'One order.',
      input: z.object({ orderId }),
      output: order,
      errors: { NotFound: z.object({ orderId: z.string() }) },
      access: 'public',
      http: { route: 'GET /orders/:orderId', errors: { NotFound: 404 } },
    }),
    summary: query({
      description: 'How many orders were taken, for how much, from how many customers.',
      input: z.object({}),
      output: z.object({ orders: count, totalCents, customers: count }),
      access: 'public',
      http: 'GET /orders/summary',
    }),
    months: query({
      description: 'Orders by month, oldest first.',
      input: z.object({}),
      output: z.array(z.object({ month, orders: count, totalCents })),
      access: 'public',
      http: 'GET /orders/months',
    }),
    monthByCustomer: query({
      description: 'Orders of one month by customer, in order of their ids.',
      input: z.object({ month }),
      output: z.array(z.object({ customerId, orders: count, totalCents })),
      access: 'public',
      http: 'GET /orders/months/:month/customers',
      timeoutMs: 10_000,
    }),
  },
})

/** The same where customers sign in: an order is for whoever the token names, who does not say so again, and seen by them alone. */
export const ordersOfBuyers = guarded(
  defineContract('orders', {
    events: { OrderPlaced },
    operations: {
      ...orders.operations,
      placeOrder: command({ ...placing, input: purchase.omit({ customerId: true }), errors, access: 'authenticated' }),
    },
  }),
)
