import { type MongodbHandle, mongodbDatabase } from '@tidings/event-store/mongodb'
import { monthOf } from '../../contracts/fields.ts'
import type { Order } from '../../contracts/orders.ts'
import { databaseOf } from '../../database-of.ts'
import type { OrderBook } from './order-book.ts'

type Row = Omit<Order, 'orderId'> & { readonly _id: string; readonly month: string }

/** Orders in a MongoDB database of the service's own. */
export function mongodbOrderBook(url: string): OrderBook<MongodbHandle> {
  const collections = { orders: { indexes: [{ key: { month: 1, customerId: 1 } }] } }
  const rows = (db: MongodbHandle) => db.collection<Row>('orders')
  const sums = { orders: { $sum: 1 }, totalCents: { $sum: '$totalCents' } }

  return {
    database: mongodbDatabase({ url, database: databaseOf('orders'), collections }),

    add: async (db, { orderId, ...order }) => {
      await rows(db).insertOne({ _id: orderId, ...order, month: monthOf(order.placedAt) })
    },

    find: async (db, orderId) => {
      const row = await rows(db).findOne({ _id: orderId })
      if (row === null) return undefined
      const { customerId, quantity, totalCents, placedAt } = row
      return { orderId, customerId, quantity, totalCents, placedAt }
    },

    summary: async (db) => {
      const [sum] = await rows(db)
        .aggregate<{ orders: number; totalCents: number; customers: number }>([
          { $group: { _id: null, ...sums, customers: { $addToSet: '$customerId' } } },
          { $project: { _id: 0, orders: 1, totalCents: 1, customers: { $size: '$customers' } } },
        ])
        .toArray()
      return sum ?? { orders: 0, totalCents: 0, customers: 0 }
    },

    months: (db) =>
      rows(db)
        .aggregate<{ month: string; orders: number; totalCents: number }>([
          { $group: { _id: '$month', ...sums } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, month: '$_id', orders: 1, totalCents: 1 } },
        ])
        .toArray(),

    customersOf: (db, month) =>
      rows(db)
        .aggregate<{ customerId: string; orders: number; totalCents: number }>([
          { $match: { month } },
          { $group: { _id: '$customerId', ...sums } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, customerId: '$_id', orders: 1, totalCents: 1 } },
        ])
        .toArray(),
  }
}
