// Types only: nothing here runs. Each `@ts-expect-error` is a mistake that the compiler must find.
import { command, defineContract, defineService, query } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import * as z from 'zod'

const orders = defineContract('orders', {
  operations: {
    placeOrder: command({ input: z.object({ customerId: z.string(), total: z.number() }), output: z.object({ orderId: z.string() }) }),
  },
})
const billing = defineContract('billing', {
  operations: { invoiceFor: query({ input: z.object({ orderId: z.string() }), output: z.object({ text: z.string() }) }) },
})
const ordersService = defineService(orders).implement({ placeOrder: async () => ({ orderId: 'o1' }) })
const billingService = defineService(billing).implement({ invoiceFor: async () => ({ text: '' }) })

const system = createSystem({ services: [ordersService, billingService] })

export const placed: Promise<{ orderId: string }> = system
  .call('orders')
  .placeOrder({ customerId: 'c1', total: 12 }, { idempotencyKey: 'a' })
export const invoice: Promise<{ text: string }> = system.call('billing').invoiceFor({ orderId: 'o1' })
system.in('orders', async (ctx) => ctx.newId())

// @ts-expect-error no such operation
system.call('billing').nope({})
// @ts-expect-error an operation of another service
system.call('billing').placeOrder({ customerId: 'c1', total: 12 })
// @ts-expect-error no such service
system.call('shipping')
// @ts-expect-error no such service
system.in('shipping', async () => {})
// @ts-expect-error a contract is no service
createSystem({ services: [orders] })
// @ts-expect-error services are needed
createSystem({ directory: '.tidings' })
