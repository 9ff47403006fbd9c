import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import type { Invoices } from './invoices.ts'

const migrations = [
  `create table invoices (
    order_id text primary key, customer_id text not null, customer_name text,
    month text not null, total_cents integer not null
  ) strict`,
  'create index invoices_by_month on invoices (month, customer_id)',
]

/** Invoices in a SQLite file. */
export const sqliteInvoices: Invoices<SqliteHandle> = {
  database: sqlite({ migrations }),

  add: async (db, { orderId, customerId, customerName, month, totalCents }) => {
    const isNew = await db.get(
      'insert into invoices values (?, ?, ?, ?, ?) on conflict do nothing returning order_id',
      orderId,
      customerId,
      customerName,
      month,
      totalCents,
    )
    return isNew !== undefined
  },

  summary: async (db) =>
    (await db.get(
      'select count(*) as invoices, coalesce(sum(total_cents), 0) as totalCents, count(distinct customer_id) as customers from invoices',
    )) ?? { invoices: 0, totalCents: 0, customers: 0 },

  months: (db) => db.all('select month, count(*) as invoices, sum(total_cents) as totalCents from invoices group by month order by month'),

  customersOf: (db, month) =>
    db.all(
      `select customer_id as customerId, count(*) as invoices, sum(total_cents) as totalCents
       from invoices where month = ? group by customer_id order by customer_id`,
      month,
    ),
}
