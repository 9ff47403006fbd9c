import { defineEvent, type NewEvent, newId, systemRuntime } from '@tidings/core'
import * as z from 'zod'

/** The data of the event below. */
export const OrderSchema = z.object({
  orderId: z.string(),
  customerId: z.string(),
  quantity: z.number().int(),
  totalCents: z.number().int(),
  placedAt: z.iso.datetime(),
})

/** The event that every benchmark uses: what a shop stores of an order. */
export const OrderPlaced = defineEvent('orders.order-placed', {
  version: 1,
  schema: OrderSchema,
  key: (order) => order.orderId,
})

/** The n-th order, as data. */
export function orderAt(n: number) {
  return {
    orderId: `order-${n}`,
    customerId: `customer-${n % 2_357}`,
    quantity: 1 + (n % 5),
    totalCents: 100 + ((n * 37) % 9_000),
    placedAt: '1997-01-01T00:00:00Z',
  }
}

/** The n-th order, as it is given to a log. */
export function eventAt(n: number): NewEvent {
  const order = orderAt(n)
  const id = newId(systemRuntime)
  return {
    id,
    type: OrderPlaced.name,
    version: 1,
    key: order.orderId,
    service: 'orders',
    time: '2026-11-24T12:00:00.000Z',
    correlationId: id,
    headers: {},
    encoding: 'json',
    data: JSON.stringify(order),
  }
}
