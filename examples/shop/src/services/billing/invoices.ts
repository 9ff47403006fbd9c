import type { ServiceDatabase } from '@tidings/core'

/** An invoice as it is kept. The order's id is the invoice's. */
export interface Invoice {
  readonly orderId: string
  readonly customerId: string
  readonly customerName: string | null
  readonly month: string
  readonly totalCents: number
}

/** How many invoices there are, and for how much. */
interface Sum {
  readonly invoices: number
  readonly totalCents: number
}

/**
 * Where billing keeps its invoices: a database and the few statements that run in it, written once for each kind. `Db` is
 * what a handler has as `ctx.db`, so each statement runs in its handler's transaction.
 */
export interface Invoices<Db> {
  readonly database: ServiceDatabase<Db>
  /** @returns False where the order has its invoice already, which stays as it is. */
  add(db: Db, invoice: Invoice): Promise<boolean>
  summary(db: Db): Promise<Sum & { readonly customers: number }>
  /** Oldest first. */
  months(db: Db): Promise<(Sum & { readonly month: string })[]>
  /** In order of the customers' ids. */
  customersOf(db: Db, month: string): Promise<(Sum & { readonly customerId: string })[]>
}
