import { defineService } from '@tidings/core'
import { customers } from '../../contracts/customers.ts'
import type { CustomerBook } from './customer-book.ts'

/** The service `customers`, on whatever database they are kept in. */
export function customersService<Db>(book: CustomerBook<Db>, contract: typeof customers = customers) {
  return defineService(contract, { database: book.database }).implement({
    register: async ({ customerId }, ctx) => {
      const customer = { customerId, name: `Customer ${customerId}`, registeredAt: new Date().toISOString() }
      const isNew = await book.add(ctx.db, customer)
      if (isNew) await ctx.publish('CustomerRegistered', customer)
      return { customerId }
    },

    summary: (_, ctx) => book.summary(ctx.db),
  })
}
