import { defineService } from '@tidings/core'
import { CustomerRegistered, customers } from '../../contracts/customers.ts'
import { orders, ordersOfBuyers } from '../../contracts/orders.ts'
import type { OrderBook } from './order-book.ts'
import { takeOrder } from './take-order.ts'

/** The scope of whoever may see every order. */
const administrator = 'auth:admin'

/** The service `orders`, on whatever database they are kept in, where anyone may order for anyone. */
export function ordersService<Db>(book: OrderBook<Db>) {
  return defineService(orders, { uses: { customers }, database: book.database })
    .copy(CustomerRegistered.pick('customerId'), { into: 'customers' })
    .implement({
      placeOrder: (purchase, ctx) => takeOrder(book, purchase, ctx),
      getOrder: async ({ orderId }, ctx) => (await book.find(ctx.db, orderId)) ?? ctx.fail('NotFound', { orderId }),
      summary: (_, ctx) => book.summary(ctx.db),
      months: (_, ctx) => book.months(ctx.db),
      monthByCustomer: ({ month }, ctx) => book.customersOf(ctx.db, month),
    })
}

/** The service `orders` where customers sign in: whoever is calling is the customer. */
export function ordersOfBuyersService<Db>(book: OrderBook<Db>) {
  return defineService(ordersOfBuyers, { uses: { customers }, database: book.database })
    .copy(CustomerRegistered.pick('customerId'), { into: 'customers' })
    .implement({
      placeOrder: (purchase, ctx) => takeOrder(book, { ...purchase, customerId: ctx.principal.id }, ctx),

      getOrder: async ({ orderId }, ctx) => {
        const order = await book.find(ctx.db, orderId)
        const { id, scopes } = ctx.principal
        // To others it is as if the order were not there.
        return order?.customerId === id || (order !== undefined && scopes.has(administrator)) ? order : ctx.fail('NotFound', { orderId })
      },

      summary: (_, ctx) => book.summary(ctx.db),
      months: (_, ctx) => book.months(ctx.db),
      monthByCustomer: ({ month }, ctx) => book.customersOf(ctx.db, month),
    })
}
