import { type OperationContext, RequestFailed, RequestTimedOut, ServiceUnavailable } from '@tidings/core'
import type { customers } from '../../contracts/customers.ts'
import type { Order, orders } from '../../contracts/orders.ts'
import type { OrderBook } from './order-book.ts'

type TakingContext<Db> = OperationContext<
  typeof orders,
  { customers: typeof customers },
  Db,
  // biome-ignore lint/complexity/noBannedTypes: {} is "no settings"
  {},
  { customers: { customerId: string } },
  (typeof orders)['operations']['placeOrder']
>

/** Takes an order of a customer, who is made known first where they are new. */
export async function takeOrder<Db>(
  book: OrderBook<Db>,
  purchase: Omit<Order, 'orderId'>,
  ctx: TakingContext<Db>,
): Promise<Pick<Order, 'orderId'>> {
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
}
