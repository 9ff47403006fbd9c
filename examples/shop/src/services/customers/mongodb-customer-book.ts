import { type MongodbHandle, mongodbDatabase } from '@tidings/event-store/mongodb'
import { databaseOf } from '../../database-of.ts'
import type { Customer, CustomerBook } from './customer-book.ts'

type Row = Omit<Customer, 'customerId'> & { readonly _id: string }

/** Customers in a MongoDB database of the service's own. */
export function mongodbCustomerBook(url: string): CustomerBook<MongodbHandle> {
  const rows = (db: MongodbHandle) => db.collection<Row>('customers')

  return {
    database: mongodbDatabase({ url, database: databaseOf('customers'), collections: { customers: {} } }),

    add: async (db, { customerId, ...customer }) => {
      const { upsertedCount } = await rows(db).updateOne({ _id: customerId }, { $setOnInsert: customer }, { upsert: true })
      return upsertedCount === 1
    },

    summary: async (db) => ({ customers: await rows(db).countDocuments() }),
  }
}
