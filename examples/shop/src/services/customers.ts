import { defineService } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { customers } from '../contracts/customers.ts'

const migrations = ['create table customers (customer_id text primary key, name text not null, registered_at text not null) strict']

/** The service `customers`. */
export const customersService = defineService(customers, { database: sqlite({ migrations }) }).implement({
  register: async ({ customerId }, ctx) => {
    const customer = { customerId, name: `Customer ${customerId}`, registeredAt: new Date().toISOString() }
    const isNew = await ctx.db.get(
      'insert into customers values (?, ?, ?) on conflict do nothing returning customer_id',
      customer.customerId,
      customer.name,
      customer.registeredAt,
    )
    if (isNew !== undefined) await ctx.publish('CustomerRegistered', customer)
    return { customerId }
  },

  summary: async (_, ctx) => (await ctx.db.get('select count(*) as customers from customers')) ?? { customers: 0 },
})
