import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Collection, type Document, MongoBulkWriteError, MongoClient, type MongoClientOptions } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { classifyError, type MongoFailure } from '../src/mongodb/connection/classify-error.ts'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'

type Lamps = Collection<{ _id: number; name?: string }>

function lampsAt(url: string, options: MongoClientOptions = {}): Lamps {
  const client = new MongoClient(url, { retryWrites: false, ...options })
  onTestFinished(() => client.close())
  return client.db().collection('lamps')
}

/** What the error means that the work meets; the work must fail. */
async function failureOf(work: Promise<unknown>): Promise<MongoFailure> {
  const error: unknown = await work.then(
    () => expect.unreachable('it should have failed'),
    (thrown: unknown) => thrown,
  )
  return classifyError(error)
}

test('what found no server was not sent, a bulk too', async () => {
  const lampsAtNobody = (): Lamps => lampsAt('mongodb://127.0.0.1:1/shop', { serverSelectionTimeoutMS: 100 })
  const lamps = lampsAtNobody()
  expect(await failureOf(lamps.insertOne({ _id: 1 }))).toBe('not-sent')
  expect(await failureOf(lampsAtNobody().insertMany([{ _id: 1 }, { _id: 2 }]))).toBe('not-sent')
  // The trap: after a first connection that failed, a client calls itself closed.
  expect(await failureOf(lamps.insertOne({ _id: 1 }))).toBe('closed')
})

test('what met a server that hangs up on every greeting was not sent', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const lamps = lampsAt(`mongodb://127.0.0.1:${port}/shop?directConnection=true`, { serverSelectionTimeoutMS: 100 })
  expect(await failureOf(lamps.insertMany([{ _id: 1 }]))).toBe('not-sent')
})

describeOnMongodb('a bulk', () => {
  test('in which every document that was refused was a duplicate is told from one with other faults', async () => {
    const lamps = lampsAt(mongodbDatabase())
    await lamps.createIndex({ name: 1 }, { unique: true, sparse: true })
    await lamps.insertMany([{ _id: 1, name: 'a' }, { _id: 2 }])
    const again = [{ _id: 1 }, { _id: 2 }, { _id: 3, name: 'a' }, { _id: 4 }]
    expect(await failureOf(lamps.insertMany(again, { ordered: false }))).toBe('duplicate')
    const unfit = { _id: [5] } as unknown as { _id: number }
    expect(await failureOf(lamps.insertMany([{ _id: 1 }, unfit], { ordered: false }))).toBe('unknown')
  })

  test('that was broken off lists no write errors, and has perhaps written', async () => {
    const lamps = lampsAt(mongodbDatabase(), { monitorCommands: true })
    const { client } = lamps.db
    await client.connect()
    const sent = once(client, 'commandStarted')
    const many = Array.from({ length: 1_000 }, (_, i) => ({ _id: i + 1, name: 'x'.repeat(200) }))
    const work = lamps.insertMany(many, { ordered: false })
    const error: unknown = work.catch((thrown: unknown) => thrown)
    await sent
    await client.close()
    expect(await error).toBeInstanceOf(MongoBulkWriteError)
    expect((await error) as MongoBulkWriteError).toMatchObject({ writeErrors: [] })
    expect(await failureOf(work)).toBe('unknown')
  })

  test('that too few members could take has perhaps written, also beside duplicates', async () => {
    const lamps = lampsAt(mongodbDatabase())
    await lamps.insertOne({ _id: 1 })
    const writeConcern = { w: 5, wtimeoutMS: 100 }
    expect(await failureOf(lamps.insertOne({ _id: 2 }, { writeConcern }))).toBe('unknown')
    expect(await failureOf(lamps.insertMany([{ _id: 1 }, { _id: 3 }], { ordered: false, writeConcern }))).toBe('unknown')
  })
})

describeOnMongodb('a transaction', () => {
  test('that met another one is told to run again', async () => {
    const lamps = lampsAt(mongodbDatabase())
    await lamps.insertOne({ _id: 1 })
    const [first, second] = [lamps.db.client.startSession(), lamps.db.client.startSession()]
    first.startTransaction()
    second.startTransaction()
    const change: Document = { $set: { name: 'a' } }
    await lamps.updateOne({ _id: 1 }, change, { session: first })
    expect(await failureOf(lamps.updateOne({ _id: 1 }, change, { session: second }))).toBe('conflict')
    expect(await failureOf(second.commitTransaction())).toBe('conflict')
    await first.commitTransaction()
    await Promise.all([first.endSession(), second.endSession()])
  })
})
