import { type MongodbHandle, type MongoServerOptions, mongodbDatabase } from '@tidings/event-store/mongodb'
import type { BooksRecords, MirrorRecords, TillRecords } from '../worker/opened-store.ts'

interface Counter {
  readonly _id: string
  readonly last: number
}

/** The sales, numbered by a counter for each till. */
export function mongodbTill(server: MongoServerOptions): TillRecords<MongodbHandle> {
  return {
    database: mongodbDatabase({ ...server, collections: { counters: {}, sales: {} } }),
    nextNumber: increment,
    addSale: async (db, { saleId, ...sale }) => {
      await db.collection<{ _id: string }>('sales').insertOne({ _id: saleId, ...sale })
    },
  }
}

/** The lines, numbered in the order in which they are written. */
export function mongodbBooks(server: MongoServerOptions): BooksRecords<MongodbHandle> {
  return {
    database: mongodbDatabase({ ...server, collections: { counters: {}, lines: {} } }),
    addLine: async (db, line) => {
      await db.collection<{ _id: number }>('lines').insertOne({ _id: await increment(db, 'lines'), ...line })
    },
  }
}

/** The newest booking of each till. */
export function mongodbMirror(server: MongoServerOptions): MirrorRecords<MongodbHandle> {
  return {
    database: mongodbDatabase({ ...server, collections: { bookings: {} } }),
    keepBooking: async (db, { till, number }) => {
      await db.collection<{ _id: string }>('bookings').updateOne({ _id: till }, { $set: { number } }, { upsert: true })
    },
  }
}

async function increment(db: MongodbHandle, counter: string): Promise<number> {
  const counters = db.collection<Counter>('counters')
  const after = await counters.findOneAndUpdate({ _id: counter }, { $inc: { last: 1 } }, { upsert: true, returnDocument: 'after' })
  return after?.last ?? 0
}
