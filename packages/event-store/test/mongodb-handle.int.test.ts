import { type Ledger, ReadOnlyTransaction, StatementFailed, StatementRefused, TransactionConflict, TransactionEnded } from '@tidings/core'
import type { MongodbCollection, MongodbHandle } from '@tidings/event-store/mongodb'
import { expect, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'
import { openMongodbLedger } from './open-mongodb-ledger.ts'

interface Invoice {
  _id: string
  cents: number
  lines?: string[]
}

function invoices(db: MongodbHandle): MongodbCollection<Invoice> {
  return db.collection<Invoice>('invoices')
}

async function shelf(): Promise<Ledger<MongodbHandle>> {
  return openMongodbLedger(mongodbDatabase(), { collections: { invoices: { indexes: [{ key: { cents: 1 }, unique: true }] }, others: {} } })
}

/** What stands in the collection, committed. */
function committed(ledger: Ledger<MongodbHandle>): Promise<Invoice[]> {
  return ledger.read(({ db }) => invoices(db).find().sort({ _id: 1 }).toArray())
}

describeOnMongodb('the handle of a database on MongoDB', () => {
  test('every method writes and reads in the transaction', async () => {
    const ledger = await shelf()
    await ledger.transaction(async ({ db }) => {
      const all = invoices(db)
      expect((await all.insertOne({ _id: 'a', cents: 1 })).insertedId).toBe('a')
      expect(
        (
          await all.insertMany([
            { _id: 'b', cents: 2 },
            { _id: 'c', cents: 3 },
          ])
        ).insertedCount,
      ).toBe(2)
      expect((await all.updateOne({ _id: 'a' }, { $inc: { cents: 10 } })).modifiedCount).toBe(1)
      expect((await all.updateMany({ cents: { $lt: 5 } }, [{ $set: { cents: { $add: ['$cents', 100] } } }])).modifiedCount).toBe(2)
      expect((await all.replaceOne({ _id: 'd' }, { cents: 4 }, { upsert: true })).upsertedId).toBe('d')
      expect(await all.findOneAndUpdate({ _id: 'd' }, { $set: { cents: 5 } }, { returnDocument: 'after' })).toEqual({ _id: 'd', cents: 5 })
      expect(await all.findOneAndReplace({ _id: 'd' }, { cents: 6 })).toEqual({ _id: 'd', cents: 5 })
      expect(await all.findOneAndDelete({ _id: 'd' })).toEqual({ _id: 'd', cents: 6 })
      await all.bulkWrite([{ insertOne: { document: { _id: 'e', cents: 7 } } }, { deleteOne: { filter: { _id: 'c' } } }])
      expect((await all.deleteOne({ _id: 'nobody' })).deletedCount).toBe(0)
      expect((await all.deleteMany({ cents: 102 })).deletedCount).toBe(1)
      expect(await all.countDocuments()).toBe(2)
      expect(await all.distinct('cents')).toEqual([7, 11])
      expect(await all.findOne({ _id: 'a' }, { projection: { cents: 1, _id: 0 } })).toEqual({ cents: 11 })
      expect(await all.find().sort({ cents: 1 }).skip(1).limit(1).project({ _id: 1 }).toArray()).toEqual([{ _id: 'a' }])
      expect(await all.aggregate([{ $group: { _id: null, sum: { $sum: '$cents' } } }]).toArray()).toEqual([{ _id: null, sum: 18 }])
      expect(await committed(ledger)).toEqual([])
    })
    expect(await committed(ledger)).toEqual([
      { _id: 'a', cents: 11 },
      { _id: 'e', cents: 7 },
    ])
  })

  test('calls that are made at once run one after the other, in their order', async () => {
    const ledger = await shelf()
    await ledger.transaction(async ({ db }) => {
      const all = invoices(db)
      const [, , found] = await Promise.all([
        all.insertOne({ _id: 'a', cents: 1 }),
        all.updateOne({ _id: 'a' }, { $set: { cents: 2 } }),
        all.findOne({ _id: 'a' }),
      ])
      expect(found).toEqual({ _id: 'a', cents: 2 })
    })
  })

  test('documents are read one by one while others are written, and a loop that is left early leaves nothing open', async () => {
    const ledger = await shelf()
    await ledger.transaction(async ({ db }) => {
      await invoices(db).insertMany(Array.from({ length: 500 }, (_, i) => ({ _id: String(i).padStart(3, '0'), cents: i })))
    })
    await ledger.transaction(async ({ db }) => {
      const seen: string[] = []
      for await (const { _id } of invoices(db).find({}, { batchSize: 50 }).sort({ _id: 1 })) {
        if (seen.push(_id) > 120) break
        await db.collection('others').insertOne({ of: _id })
      }
      expect(seen).toHaveLength(121)
      expect(await db.collection('others').countDocuments()).toBe(120)
    })
  })

  test.each<[string, (db: MongodbHandle) => unknown]>([
    ['a session', (db) => db.collection('own').insertMany([{ a: 1 }], { session: {} } as object)],
    ['a write concern', (db) => db.collection('own').updateOne({}, { $set: { a: 1 } }, { writeConcern: { w: 0 } } as object)],
    ['a read concern', (db) => db.collection('own').find({}, { readConcern: 'local' } as object)],
    ['a read preference', (db) => db.collection('own').findOne({}, { readPreference: 'secondary' } as object)],
    ["the ledger's rows", (db) => db.collection('tidings_ledger')],
    ["the server's own collections", (db) => db.collection('system.users')],
    ['a name with a dollar', (db) => db.collection('$cmd')],
    ['no name', (db) => db.collection('')],
    ['$out', (db) => db.collection('own').aggregate([{ $out: 'others' }])],
    ['$merge', (db) => db.collection('own').aggregate([{ $merge: { into: { db: 'other', coll: 'x' } } }])],
    ['$unionWith', (db) => db.collection('own').aggregate([{ $unionWith: 'others' }])],
    ['$lookup in another database', (db) => db.collection('own').aggregate([{ $lookup: { from: { db: 'other', coll: 'x' }, as: 'x' } }])],
    ['$lookup in the ledger', (db) => db.collection('own').aggregate([{ $lookup: { from: 'tidings_ledger', as: 'x', pipeline: [] } }])],
    ['$graphLookup in the ledger', (db) => db.collection('own').aggregate([{ $graphLookup: { from: 'tidings_ledger' } }])],
    ['$out inside $lookup', (db) => db.collection('own').aggregate([{ $lookup: { from: 'others', as: 'x', pipeline: [{ $out: 'x' }] } }])],
    [
      '$lookup of the ledger inside $facet',
      (db) => db.collection('own').aggregate([{ $facet: { a: [{ $lookup: { from: 'tidings_ledger' } }] } }]),
    ],
    ['an unknown stage', (db) => db.collection('own').aggregate([{ $changeStream: {} }])],
    ['a stage that is none', (db) => db.collection('own').aggregate([{}])],
  ])('%s is refused, and the transaction goes on', async (_what, use) => {
    const ledger = await shelf()
    await ledger.transaction(async ({ db }) => {
      await invoices(db).insertOne({ _id: 'a', cents: 1 })
      await expect((async () => use(db))()).rejects.toThrow(StatementRefused)
    })
    expect(await committed(ledger)).toHaveLength(1)
  })

  test('has no way to the client, to other databases or to administration', async () => {
    const ledger = await shelf()
    await ledger.transaction(async ({ db }) => {
      expect(Object.keys(db)).toEqual(['collection'])
      for (const member of ['db', 'client', 's', 'namespace', 'drop', 'rename', 'createIndex', 'watch', 'options', 'dbName'])
        expect(invoices(db)).not.toHaveProperty(member)
    })
  })

  test('a document that is there already ends the transaction, says which constraint it breaks, and none of its values', async () => {
    const ledger = await shelf()
    const failed: unknown[] = []
    const running = ledger.transaction(async ({ db }) => {
      await invoices(db).insertOne({ _id: 'secret', cents: 1 })
      await invoices(db)
        .insertOne({ _id: 'another', cents: 1 })
        .catch((error: unknown) => failed.push(error))
      // MongoDB has rolled back by now; to go on would be to lose what was written before.
      await invoices(db)
        .insertOne({ _id: 'third', cents: 3 })
        .catch((error: unknown) => failed.push(error))
    })
    await expect(running).rejects.toMatchObject({ code: 'STATEMENT_FAILED', constraint: 'unique' })
    expect(failed).toHaveLength(2)
    expect(String(failed[0])).not.toContain('another')
    expect(await committed(ledger)).toEqual([])
  })

  test('a statement that the server does not understand fails as such', async () => {
    const ledger = await shelf()
    const running = ledger.transaction(({ db }) => invoices(db).updateOne({}, { $nothing: { a: 1 } } as object))
    await expect(running).rejects.toThrow(StatementFailed)
  })

  test('two transactions that write one document conflict', async () => {
    const ledger = await shelf()
    await ledger.transaction(({ db }) => invoices(db).insertOne({ _id: 'a', cents: 0 }))
    const running = ledger.transaction(async ({ db }) => {
      await invoices(db).findOne({ _id: 'a' })
      await ledger.transaction((beside) => invoices(beside.db).updateOne({ _id: 'a' }, { $inc: { cents: 1 } }))
      await invoices(db).updateOne({ _id: 'a' }, { $inc: { cents: 1 } })
    })
    await expect(running).rejects.toThrow(TransactionConflict)
    expect(await committed(ledger)).toEqual([{ _id: 'a', cents: 1 }])
  })

  test('collections and cursors do nothing after the transaction has ended', async () => {
    const ledger = await shelf()
    const { all, cursor } = await ledger.transaction(async ({ db }) => ({ all: invoices(db), cursor: invoices(db).find() }))
    await expect(all.insertOne({ _id: 'late', cents: 1 })).rejects.toThrow(TransactionEnded)
    await expect(cursor.toArray()).rejects.toThrow(TransactionEnded)
    await expect(all.aggregate([]).toArray()).rejects.toThrow(TransactionEnded)
    expect(await committed(ledger)).toEqual([])
  })

  test('a query reads and writes nothing', async () => {
    const ledger = await shelf()
    const writes: ((all: MongodbCollection<Invoice>) => Promise<unknown>)[] = [
      (all) => all.insertOne({ _id: 'a', cents: 1 }),
      (all) => all.insertMany([{ _id: 'a', cents: 1 }]),
      (all) => all.updateOne({}, { $set: { cents: 1 } }, { upsert: true }),
      (all) => all.updateMany({}, { $set: { cents: 1 } }, { upsert: true }),
      (all) => all.replaceOne({}, { cents: 1 }, { upsert: true }),
      (all) => all.deleteOne({}),
      (all) => all.deleteMany({}),
      (all) => all.findOneAndUpdate({}, { $set: { cents: 1 } }, { upsert: true }),
      (all) => all.findOneAndReplace({}, { cents: 1 }, { upsert: true }),
      (all) => all.findOneAndDelete({}),
      (all) => all.bulkWrite([{ insertOne: { document: { _id: 'a', cents: 1 } } }]),
    ]
    for (const write of writes) await expect(ledger.read(({ db }) => write(invoices(db)))).rejects.toThrow(ReadOnlyTransaction)
    expect(await committed(ledger)).toEqual([])
  })
})
