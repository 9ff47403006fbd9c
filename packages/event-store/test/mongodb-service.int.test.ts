import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { command, defineContract, defineEvent, defineService, query, type Service } from '@tidings/core'
import { DatabaseOwnedByAnother } from '@tidings/event-store'
import { mongodbDatabase as databaseOn, type MongodbCollection } from '@tidings/event-store/mongodb'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'
import { mongodbReaders, type Seen, seenOnMongodb, seeOnMongodb } from './mongodb-notes.ts'
import { notesService, readersService, run, see, seen, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const Paid = defineEvent('tills.paid', {
  version: 1,
  schema: z.object({ till: z.string(), cents: z.number() }),
  key: ({ till }) => till,
})
const tills = defineContract('tills', {
  events: { Paid },
  operations: {
    pay: command({
      input: z.object({ till: z.string(), cents: z.number(), fails: z.boolean().optional() }),
      output: z.object({}),
      // Side by side on one document, on a busy machine.
      timeoutMs: 50_000,
    }),
    total: query({ input: z.object({ till: z.string() }), output: z.object({ cents: z.number(), payments: z.number() }) }),
  },
})

interface Till {
  _id: string
  cents: number
}

/** A service whose payments raise a total and publish, so that the two can be compared. */
function tillsService(url: string): Service<typeof tills> {
  return defineService(tills, { database: databaseOn({ url, collections: { tills: {}, payments: {} } }) }).implement({
    pay: async ({ till, cents, fails }, ctx) => {
      await ctx.db.collection<Till>('tills').updateOne({ _id: till }, { $inc: { cents } }, { upsert: true })
      await ctx.db.collection('payments').insertOne({ till, cents })
      await ctx.publish('Paid', { till, cents })
      if (fails === true) throw new Error('refused')
      return {}
    },
    total: async ({ till }, ctx) => ({
      cents: (await ctx.db.collection<Till>('tills').findOne({ _id: till }))?.cents ?? 0,
      payments: await ctx.db.collection('payments').countDocuments({ till }),
    }),
  })
}

const counter = defineContract('counter', {
  operations: { counted: query({ input: z.object({ till: z.string() }), output: z.object({ cents: z.number(), known: z.number() }) }) },
})

/** A service on MongoDB that adds up what was paid, in documents of its own and in a copy. */
function counterService(url: string): Service<typeof counter> {
  return defineService(counter, { database: databaseOn({ url, collections: { sums: {} } }) })
    .copy(Paid, { into: 'lastPayments' })
    .on(
      Paid,
      async ({ till, cents }, ctx) => {
        await ctx.db.collection<Till>('sums').updateOne({ _id: till }, { $inc: { cents } }, { upsert: true })
      },
      { from: 'beginning' },
    )
    .implement({
      counted: async ({ till }, ctx) => ({
        cents: (await ctx.db.collection<Till>('sums').findOne({ _id: till }))?.cents ?? 0,
        known: (await ctx.copies.lastPayments.find({ till })).length,
      }),
    })
}

/** Every document of a database by its collection. */
async function everythingIn(url: string): Promise<Record<string, unknown[]>> {
  const client = await MongoClient.connect(url)
  try {
    const names = (await client.db().listCollections().toArray()).map(({ name }) => name)
    const all = await Promise.all(names.sort().map(async (name) => [name, await client.db().collection(name).find().toArray()]))
    return Object.fromEntries(all)
  } finally {
    await client.close()
  }
}

describeOnMongodb('a service on MongoDB', () => {
  test('changes its documents and publishes in one transaction, and others on MongoDB follow', async () => {
    const system = await run(await temporaryDirectory(), [tillsService(mongodbDatabase()), counterService(mongodbDatabase())])
    const client = system.call('tills')
    // Side by side on one document: they meet, and run again until each has had its turn.
    await Promise.all(Array.from({ length: 8 }, () => client.pay({ till: 'a', cents: 1 })))
    await expect(client.pay({ till: 'a', cents: 1_000, fails: true })).rejects.toMatchObject({ code: 'REQUEST_FAILED' })
    expect(await client.total({ till: 'a' })).toEqual({ cents: 8, payments: 8 })
    await system.settled()
    expect(await system.call('counter').counted({ till: 'a' })).toEqual({ cents: 8, known: 1 })
  })

  test('answers a command that is sent again under its key, without doing it again', async () => {
    const system = await run(await temporaryDirectory(), [tillsService(mongodbDatabase())])
    const client = system.call('tills')
    for (let i = 0; i < 3; i++) await client.pay({ till: 'a', cents: 1 }, { idempotencyKey: 'once' })
    expect(await client.total({ till: 'a' })).toEqual({ cents: 1, payments: 1 })
  })

  test('lives beside one on SQLite in one system, on one log', async () => {
    const directory = await temporaryDirectory()
    const onMongodb = mongodbReaders(mongodbDatabase(), ({ noteId }, { db }) => seeOnMongodb(db, 'mongodb', noteId))
    const first = await run(directory, [notesService, onMongodb])
    await write(first, ['a', '1'], ['b', '1'])
    await first.settled()
    expect(await seenOnMongodb(first)).toEqual(['mongodb a 1', 'mongodb b 1'])
    const second = await run(directory, [readersService((note, ctx) => see(ctx, 'sqlite', note))])
    await second.settled()
    expect(await seen(second)).toEqual(['sqlite a 1', 'sqlite b 1'])
  })

  test('has its database for itself, and another that finds so changes nothing there', async () => {
    const url = mongodbDatabase()
    const directory = await temporaryDirectory()
    const owner = await run(directory, [tillsService(url)])
    await owner.call('tills').pay({ till: 'a', cents: 1 })
    await owner.settled()
    const before = await everythingIn(url)
    await expect(run(directory, [mongodbReaders(url, async () => {})])).rejects.toThrow(DatabaseOwnedByAnother)
    expect(await everythingIn(url)).toEqual(before)
  })

  test('whose handler has finished does nothing more with a collection or a cursor it kept, while the batch goes on', async () => {
    const kept: { collection: MongodbCollection<Seen>; cursor: AsyncIterable<unknown> }[] = []
    const refused: unknown[] = []
    const url = mongodbDatabase()
    const service = mongodbReaders(url, async ({ noteId }, { db }) => {
      const collection = db.collection<Seen>('seen')
      for (const late of kept) {
        await Promise.all([
          (async () => late.collection.insertOne({ _id: 'late', by: 'late', times: 1 }))().catch((error: unknown) => refused.push(error)),
          (async () => {
            for await (const _ of late.cursor) throw new Error('it read')
          })().catch((error: unknown) => refused.push(error)),
        ])
      }
      kept.push({ collection, cursor: collection.find({ by: { $ne: 'x' } }) })
      await seeOnMongodb(db, 'reader', noteId)
    })
    const directory = await temporaryDirectory()
    const writer = await run(directory, [notesService])
    await write(writer, ['a', '1'], ['b', '1'])
    await writer.stop()
    const system = await run(directory, [service])
    await system.settled()
    expect(refused.length).toBeGreaterThan(0)
    for (const error of refused) expect(error).toMatchObject({ code: 'HANDLER_FINISHED' })
    expect(await seenOnMongodb(system)).toEqual(['reader a 1', 'reader b 1'])
  })

  test('killed in the middle of a batch is succeeded by an instance that is at work at once, and every effect happens once', async () => {
    const url = mongodbDatabase()
    const directory = await temporaryDirectory()
    const writer = await run(directory, [notesService])
    await write(writer, ['a', '1'], ['b', '1'], ['c', 'stop here'], ['d', '1'])
    await writer.stop()
    const script = fileURLToPath(new URL('./mongodb-reader-process.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=source', script, directory, url], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface(child.stdout)) if (line === 'inside') break
    const system = await run(directory, [mongodbReaders(url, ({ noteId }, { db }) => seeOnMongodb(db, 'successor', noteId))])
    await expect.poll(async () => (await system.consumer('readers').status()).phase).toBe('standing-by')
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const startedAt = performance.now()
    await expect.poll(() => seenOnMongodb(system)).toHaveLength(4)
    // Not a question of speed: the server itself would hold the locks for a minute.
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    expect(await seenOnMongodb(system)).toEqual(['successor a 1', 'successor b 1', 'successor c 1', 'successor d 1'])
  })
})
