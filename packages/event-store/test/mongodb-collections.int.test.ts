import { DefinitionInvalid } from '@tidings/core'
import { type CollectionDeclarations, mongodbDatabase as databaseOn } from '@tidings/event-store/mongodb'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'
import { openMongodbLedger } from './open-mongodb-ledger.ts'

async function indexesOf(url: string, collection: string): Promise<string[]> {
  const client = await MongoClient.connect(url)
  try {
    return (await client.db().collection(collection).indexes()).map(({ name }) => String(name)).sort()
  } finally {
    await client.close()
  }
}

describeOnMongodb('the collections that a service declares on MongoDB', () => {
  test('are made with their indexes, once, by several instances at the same time too', async () => {
    const url = mongodbDatabase()
    const collections: CollectionDeclarations = {
      invoices: { indexes: [{ key: { customer: 1, at: -1 } }, { key: { number: 1 }, unique: true }] },
    }
    await Promise.all([1, 2, 3].map(() => openMongodbLedger(url, { collections })))
    expect(await indexesOf(url, 'invoices')).toEqual(['_id_', 'customer_1_at_-1', 'number_1'])
  })

  test('keep what is not declared any more', async () => {
    const url = mongodbDatabase()
    await openMongodbLedger(url, { collections: { invoices: { indexes: [{ key: { old: 1 } }] } } })
    await openMongodbLedger(url, { collections: { invoices: { indexes: [{ key: { young: 1 } }] } } })
    expect(await indexesOf(url, 'invoices')).toEqual(['_id_', 'old_1', 'young_1'])
  })

  test('with an index that is there in another form are refused, with what to do', async () => {
    const url = mongodbDatabase()
    await openMongodbLedger(url, { collections: { invoices: { indexes: [{ key: { number: 1 } }] } } })
    const opening = openMongodbLedger(url, { collections: { invoices: { indexes: [{ key: { number: 1 }, unique: true }] } } })
    await expect(opening).rejects.toThrow(DefinitionInvalid)
    await expect(opening).rejects.toThrow(/invoices.*Drop the old one/)
  })

  test('with a unique index that documents break are refused, and none of their values is told', async () => {
    const url = mongodbDatabase()
    const ledger = await openMongodbLedger(url, { collections: { people: {} } })
    for (const _id of ['a', 'b'])
      await ledger.transaction(({ db }) =>
        db.collection<{ _id: string; email: string }>('people').insertOne({ _id, email: 'lea@example.org' }),
      )
    const opening = openMongodbLedger(url, { collections: { people: { indexes: [{ key: { email: 1 }, unique: true }] } } })
    await expect(opening).rejects.toThrow(DefinitionInvalid)
    await expect(opening).rejects.toThrow(/^(?!.*lea@).*people.*have the same key/)
  })

  test('with an index that the server does not know are refused', async () => {
    const opening = openMongodbLedger(mongodbDatabase(), { collections: { people: { indexes: [{ key: { email: 'nonsense' as '2d' } }] } } })
    await expect(opening).rejects.toThrow(DefinitionInvalid)
    await expect(opening).rejects.toThrow(/people.*makes no such collection or index/)
  })

  test('that need none are made by their first document', async () => {
    const ledger = await openMongodbLedger(mongodbDatabase())
    await ledger.transaction(({ db }) => db.collection('undeclared').insertOne({ a: 1 }))
    expect(await ledger.read(({ db }) => db.collection('undeclared').countDocuments())).toBe(1)
  })
})

test.each(['tidings_ledger', 'system.users', '', 'a$b'])('a collection cannot be declared as %j', (name) => {
  expect(() => databaseOn({ url: 'mongodb://127.0.0.1/shelf', collections: { [name]: {} } })).toThrow(DefinitionInvalid)
})
