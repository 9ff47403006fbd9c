import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import type { CustomerBook } from './customer-book.ts'

const migrations = ['create table customers (customer_id text primary key, name text not null, registered_at text not null) strict']

/** Customers in a SQLite file. */
export const sqliteCustomerBook: CustomerBook<SqliteHandle> = {
  database: sqlite({ migrations }),

  add: async (db, { customerId, name, registeredAt }) => {
    const isNew = await db.get(
      'insert into customers values (?, ?, ?) on conflict do nothing returning customer_id',
      customerId,
      name,
      registeredAt,
    )
    return isNew !== undefined
  },

  summary: async (db) => (await db.get('select count(*) as customers from customers')) ?? { customers: 0 },
}
