import { type Collection, type Db, MongoServerError } from 'mongodb'
import type { RowDocument } from './rows/row-document.ts'
import type { InstanceDocument } from './sessions/instance-record.ts'

/** What the names of our own collections begin with; a handler reaches none of them. */
export const reserved = 'tidings_'

const rows = `${reserved}ledger`
const instances = `${reserved}instances`

/** The rows of all tables of the ledger. */
export function rowsOf(database: Db): Collection<RowDocument> {
  return database.collection(rows)
}

/** One document for each instance of the service that has written. */
export function instancesOf(database: Db): Collection<InstanceDocument> {
  return database.collection(instances)
}

const namespaceExists = 48

/** Makes the collections, where they are not there yet: inside transactions none is made. */
export async function makeCollections(database: Db): Promise<void> {
  await makeCollection(database, rows)
  await makeCollection(database, instances)
  await instancesOf(database).createIndex({ seen: 1 })
}

/** Makes a collection, if it is not there yet. */
export async function makeCollection(database: Db, name: string): Promise<void> {
  try {
    await database.createCollection(name)
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === namespaceExists)) throw error
  }
}
