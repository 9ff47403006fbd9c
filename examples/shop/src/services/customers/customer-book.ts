import type { ServiceDatabase } from '@tidings/core'

/** A customer as they are kept. */
export interface Customer {
  readonly customerId: string
  readonly name: string
  readonly registeredAt: string
}

/** Where customers are kept: a database and the few statements that run in it, in the transaction of the handler. */
export interface CustomerBook<Db> {
  readonly database: ServiceDatabase<Db>
  /** @returns False where the customer is known already and stays as they are. */
  add(db: Db, customer: Customer): Promise<boolean>
  summary(db: Db): Promise<{ readonly customers: number }>
}
