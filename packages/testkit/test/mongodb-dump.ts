import type { Db, Document, IndexDescriptionInfo } from 'mongodb'

/** What a database held at one moment, as `mongodump --oplog` keeps it: collections with options, indexes and documents. */
export type Dump = readonly {
  readonly name: string
  readonly options: Document
  readonly indexes: readonly IndexDescriptionInfo[]
  readonly documents: readonly Document[]
}[]

/** Copies a database out, all of it as of one moment, while others go on writing. */
export async function dump(database: Db): Promise<Dump> {
  const collections = await database.listCollections().toArray()
  const names = collections.map(({ name }) => name)
  const documents = await database.client.withSession((session) =>
    session.withTransaction(
      async () => {
        const found: Document[][] = []
        for (const name of names) found.push(await database.collection(name).find({}, { session }).toArray())
        return found
      },
      { readConcern: { level: 'snapshot' } },
    ),
  )
  const indexes = await Promise.all(names.map((name) => database.collection(name).indexes()))
  return collections.map((collection, i) => ({
    name: collection.name,
    options: 'options' in collection ? (collection.options ?? {}) : {},
    indexes: indexes[i] ?? [],
    documents: documents[i] ?? [],
  }))
}

/** Puts what was dumped in the place of whatever is there. */
export async function restore(database: Db, dumped: Dump): Promise<void> {
  await database.dropDatabase()
  for (const { name, options, indexes, documents } of dumped) {
    const collection = await database.createCollection(name, options)
    const own = indexes.filter(({ key }) => Object.keys(key).join() !== '_id')
    if (own.length > 0) await collection.createIndexes(own.map(({ v: _, ...index }) => index))
    if (documents.length > 0) await collection.insertMany([...documents], { writeConcern: { w: 'majority', journal: true } })
  }
}
