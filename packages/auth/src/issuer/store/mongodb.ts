import { type Json, StatementFailed, TransactionConflict } from '@tidings/core'
import { type MongodbHandle, type MongodbOptions, mongodbDatabase } from '@tidings/event-store/mongodb'
import { type IssuerStore, issuerTables } from './issuer-store.ts'

interface Row {
  readonly _id: string
  readonly value: Json
}

/** Keeps the auth service in a MongoDB database of its own. @throws {DefinitionInvalid} An option is wrong. */
export function mongodbIssuerStore(options: Omit<MongodbOptions, 'collections'>): IssuerStore<MongodbHandle> {
  const collections = Object.fromEntries(issuerTables.map((table) => [table, {}]))
  return {
    database: mongodbDatabase({ ...options, collections }),
    rows: (db) => ({
      get: async (table, key) => (await db.collection<Row>(table).findOne({ _id: key }))?.value,

      put: async (table, key, value) => {
        try {
          await db.collection<Row>(table).replaceOne({ _id: key }, { value }, { upsert: true })
        } catch (error) {
          // It was not there when this transaction began, so another one has just made it: look again.
          if (error instanceof StatementFailed && error.constraint === 'unique') {
            throw new TransactionConflict({ database: table, cause: error })
          }
          throw error
        }
      },

      remove: async (table, key) => {
        await db.collection<Row>(table).deleteOne({ _id: key })
      },

      scan: async (table, { after, before, limit }) => {
        const bounds = { ...(after === undefined ? {} : { $gt: after }), ...(before === undefined ? {} : { $lt: before }) }
        const filter = Object.keys(bounds).length === 0 ? {} : { _id: bounds }
        const rows = await db.collection<Row>(table).find(filter).sort({ _id: 1 }).limit(limit).toArray()
        return rows.map(({ _id, value }) => ({ key: _id, value }))
      },
    }),
  }
}
