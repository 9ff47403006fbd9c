import { defineContract, defineService, query, type Service } from '@tidings/core'
import { mongodbDatabase as databaseOn } from '@tidings/event-store/mongodb'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'
import { mongodbReaders, seenOnMongodb, seeOnMongodb } from './mongodb-notes.ts'
import { NoteRemoved, NoteWritten, notesService, run, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const library = defineContract('library', {
  operations: {
    find: query({ input: z.object({ text: z.string() }), output: z.array(z.object({ text: z.string() }).loose()) }),
  },
})

/** A service that keeps notes in a copy on MongoDB, with these fields of them. */
function libraryService(url: string, ...fields: readonly ('noteId' | 'text')[]): Service<typeof library> {
  return defineService(library, { database: databaseOn({ url }) })
    .copy(NoteWritten.pick(...fields), { into: 'notes' })
    .copy(NoteRemoved, { removeFrom: 'notes' })
    .implement({
      // Which fields there are is the test's business.
      find: async ({ text }, ctx) => (await ctx.copies.notes.find({ text } as object)) as { text: string }[],
    })
}

/** The ids of rows of copies, whichever table they are in. */
async function copiedRows(url: string): Promise<string[]> {
  const client = await MongoClient.connect(url)
  try {
    const rows = await client
      .db()
      .collection<{ _id: string }>('tidings_ledger')
      .find({ _id: /^copy_notes/ })
      .toArray()
    return rows.map(({ _id }) => _id)
  } finally {
    await client.close()
  }
}

describeOnMongodb('a copy on MongoDB', () => {
  test('is found by its fields, and built anew in one step when others are picked', async () => {
    const url = mongodbDatabase()
    const directory = await temporaryDirectory()
    const first = await run(directory, [notesService, libraryService(url, 'text')])
    await write(first, ['a', 'one'], ['b', 'two'], ['c', 'two'], ['c', 'three'])
    await first.settled()
    expect(await first.call('library').find({ text: 'two' })).toEqual([{ text: 'two' }])
    await first.stop()
    const second = await run(directory, [notesService, libraryService(url, 'text', 'noteId')])
    await second.settled()
    expect(await second.call('library').find({ text: 'two' })).toEqual([{ noteId: 'b', text: 'two' }])
    // Of the table that was served before nothing is left.
    expect(await copiedRows(url)).toHaveLength(3)
  })
})

describeOnMongodb('an event that fails on MongoDB', () => {
  test('is parked with what is held behind it, and leaves no trace of its attempts', async () => {
    let fails = true
    const service = mongodbReaders(mongodbDatabase(), async ({ noteId, text }, { db }) => {
      await seeOnMongodb(db, text, noteId)
      if (fails && noteId === 'a') throw new Error('refused')
    })
    const system = await run(await temporaryDirectory(), [notesService, service])
    await write(system, ['a', '1'], ['b', '1'], ['a', '2'])
    await system.settled()
    expect(await seenOnMongodb(system)).toEqual(['1 b 1'])
    expect((await system.consumer('readers').parked()).map(({ state }) => state)).toEqual(['parked', 'held'])
    fails = false
    await system.consumer('readers').redrive()
    expect(await seenOnMongodb(system)).toEqual(['2 a 2', '1 b 1'])
  })

  test('whose document is refused by the server is parked as well', async () => {
    const service = mongodbReaders(mongodbDatabase(), async ({ noteId, text }, { db }) => {
      await db.collection<{ _id: string; by: string; times: number }>('seen').insertOne({ _id: text, by: noteId, times: 1 })
    })
    const system = await run(await temporaryDirectory(), [notesService, service])
    await write(system, ['a', 'same'], ['b', 'same'], ['c', 'other'])
    await system.settled()
    expect(await seenOnMongodb(system)).toEqual(['c other 1', 'a same 1'])
    expect((await system.consumer('readers').parked()).map(({ error }) => error?.code)).toEqual(['STATEMENT_FAILED'])
  })
})
