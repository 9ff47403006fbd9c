// Types only: nothing here runs. Each `@ts-expect-error` is a mistake that the compiler must find.
import * as z from 'zod'
import { defineEvent } from '../contracts/define-event.ts'
import type { EventBus } from './event-bus.ts'

declare const bus: EventBus
const OrderPlaced = defineEvent('orders.order-placed', {
  version: 1,
  schema: z.object({ orderId: z.string(), total: z.number().default(0) }),
  key: (order) => order.orderId,
})

bus.publish(OrderPlaced, { orderId: 'o1' })
// @ts-expect-error a wrong type
bus.publish(OrderPlaced, { orderId: 1 })
// @ts-expect-error a field is missing
bus.publish(OrderPlaced, { total: 1 })

bus.subscribe(OrderPlaced, (order) => {
  order.total.toFixed(2)
  order.total = 2
  // @ts-expect-error a wrong type
  order.total = '2'
})
bus.subscribe(OrderPlaced.pick('orderId'), async (order) => {
  order.orderId.toUpperCase()
  // @ts-expect-error total was not picked
  void order.total
})
