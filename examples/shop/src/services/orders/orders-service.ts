import { defineService, RequestFailed, RequestTimedOut, ServiceUnavailable } from '@tidings/core'
import { CustomerRegistered, customers } from '../../contracts/customers.ts'
import { orders } from '../../contracts/orders.ts'
import type { OrderBook } from './order-book.ts'

/** The service `orders`, on whatever database they are kept in. */
export function ordersService<Db>(book: OrderBook<Db>) {
  return defineService(orders, { uses: { customers }, database: book.database })
    .copy(CustomerRegistered.pick('customerId'), { into: 'customers' })
    .implement({
      placeOrder: async (purchase, ctx) => {
        // Look, ask, then write: a call to another service is refused once this handler's transaction is open.
        const known = await ctx.copies.customers.get(purchase.customerId)
        // The copy is a moment behind, so a new customer who orders twice may be registered twice: that changes nothing there.
        if (known === undefined) {
          try {
            await ctx.call.customers.register({ customerId: purchase.customerId })
          } catch (error) {
            // The caller learns what is away, slow or wrong, and when to come again; everybody known may order on.
            if (error instanceof ServiceUnavailable)
              ctx.fail('CustomersUnavailable', { service: error.service, retryAfterMs: error.retryAfterMs })
            if (error instanceof RequestTimedOut || error instanceof RequestFailed)
              ctx.fail('CustomersUnavailable', { service: error.service, retryAfterMs: 1_000 })
            throw error
          }
        }

        // From ctx, so that the same request run again takes the same id.
        const order = { orderId: ctx.newId(), ...purchase }
        await book.add(ctx.db, order)
        await ctx.publish('OrderPlaced', order)
        return { orderId: order.orderId }
      },

      getOrder: async ({ orderId }, ctx) => (await book.find(ctx.db, orderId)) ?? ctx.fail('NotFound', { orderId }),
      summary: (_, ctx) => book.summary(ctx.db),
      months: (_, ctx) => book.months(ctx.db),
      monthByCustomer: ({ month }, ctx) => book.customersOf(ctx.db, month),
    })
}
