import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import { monthOf } from '../../contracts/fields.ts'
import type { OrderBook } from './order-book.ts'

const migrations = [
  `create table orders (
    order_id text primary key, customer_id text not null, month text not null,
    quantity integer not null, total_cents integer not null, placed_at text not null
  ) strict`,
  'create index orders_by_month on orders (month, customer_id)',
]

/** Orders in a SQLite file. */
export const sqliteOrderBook: OrderBook<SqliteHandle> = {
  database: sqlite({ migrations }),

  add: async (db, { orderId, customerId, quantity, totalCents, placedAt }) => {
    await db.run('insert into orders values (?, ?, ?, ?, ?, ?)', orderId, customerId, monthOf(placedAt), quantity, totalCents, placedAt)
  },

  find: (db, orderId) =>
    db.get(
      `select order_id as orderId, customer_id as customerId, quantity, total_cents as totalCents, placed_at as placedAt
       from orders where order_id = ?`,
      orderId,
    ),

  summary: async (db) =>
    (await db.get(
      'select count(*) as orders, coalesce(sum(total_cents), 0) as totalCents, count(distinct customer_id) as customers from orders',
    )) ?? { orders: 0, totalCents: 0, customers: 0 },

  months: (db) => db.all('select month, count(*) as orders, sum(total_cents) as totalCents from orders group by month order by month'),

  customersOf: (db, month) =>
    db.all(
      `select customer_id as customerId, count(*) as orders, sum(total_cents) as totalCents
       from orders where month = ? group by customer_id order by customer_id`,
      month,
    ),
}
