import { type MongodbHandle, mongodbDatabase } from '@tidings/event-store/mongodb'
import { databaseOf } from '../../database-of.ts'
import type { Invoice, Invoices } from './invoices.ts'

type Row = Omit<Invoice, 'orderId'> & { readonly _id: string }

/** Invoices in a MongoDB database of billing's own. */
export function mongodbInvoices(url: string): Invoices<MongodbHandle> {
  const collections = { invoices: { indexes: [{ key: { month: 1, customerId: 1 } }] } }
  const rows = (db: MongodbHandle) => db.collection<Row>('invoices')
  const sums = { invoices: { $sum: 1 }, totalCents: { $sum: '$totalCents' } }

  return {
    database: mongodbDatabase({ url, database: databaseOf('billing'), collections }),

    add: async (db, { orderId, ...invoice }) => {
      const { upsertedCount } = await rows(db).updateOne({ _id: orderId }, { $setOnInsert: invoice }, { upsert: true })
      return upsertedCount === 1
    },

    summary: async (db) => {
      const [sum] = await rows(db)
        .aggregate<{ invoices: number; totalCents: number; customers: number }>([
          { $group: { _id: null, ...sums, customers: { $addToSet: '$customerId' } } },
          { $project: { _id: 0, invoices: 1, totalCents: 1, customers: { $size: '$customers' } } },
        ])
        .toArray()
      return sum ?? { invoices: 0, totalCents: 0, customers: 0 }
    },

    months: (db) =>
      rows(db)
        .aggregate<{ month: string; invoices: number; totalCents: number }>([
          { $group: { _id: '$month', ...sums } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, month: '$_id', invoices: 1, totalCents: 1 } },
        ])
        .toArray(),

    customersOf: (db, month) =>
      rows(db)
        .aggregate<{ customerId: string; invoices: number; totalCents: number }>([
          { $match: { month } },
          { $group: { _id: '$customerId', ...sums } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, customerId: '$_id', invoices: 1, totalCents: 1 } },
        ])
        .toArray(),
  }
}
