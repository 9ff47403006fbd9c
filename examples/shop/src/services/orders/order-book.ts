import type { ServiceDatabase } from '@tidings/core'
import type { Order } from '../../contracts/orders.ts'

/** How many orders there are, and for how much. */
interface Sum {
  readonly orders: number
  readonly totalCents: number
}

/** Where orders are kept: a database and the few statements that run in it, in the transaction of the handler. */
export interface OrderBook<Db> {
  readonly database: ServiceDatabase<Db>
  add(db: Db, order: Order): Promise<void>
  find(db: Db, orderId: string): Promise<Order | undefined>
  summary(db: Db): Promise<Sum & { readonly customers: number }>
  /** Oldest first. */
  months(db: Db): Promise<(Sum & { readonly month: string })[]>
  /** In order of the customers' ids. */
  customersOf(db: Db, month: string): Promise<(Sum & { readonly customerId: string })[]>
}
