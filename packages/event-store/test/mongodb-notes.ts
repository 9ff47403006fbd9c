import { type ConsumerOptions, defineService, type ReactionContext, type Service } from '@tidings/core'
import type { System } from '@tidings/event-store'
import { type MongodbHandle, mongodbDatabase } from '@tidings/event-store/mongodb'
import { NoteWritten, readers } from './notes.ts'

/** What the readers on MongoDB write down: by number of the note, so that a second time would show. */
export interface Seen {
  _id: string
  by: string
  times: number
}

// biome-ignore lint/complexity/noBannedTypes: {} is "none" for what it may call, its settings and its copies
type MongodbReaderContext = ReactionContext<typeof readers, {}, MongodbHandle, {}, {}>

/** Writes down that a handler saw a note. */
export async function seeOnMongodb(db: MongodbHandle, by: string, noteId: string): Promise<void> {
  await db.collection<Seen>('seen').updateOne({ _id: noteId }, { $inc: { times: 1 }, $set: { by } }, { upsert: true })
}

/** A service on MongoDB that reacts to every note as the test says. */
export function mongodbReaders(
  url: string,
  react: (note: { noteId: string; text: string }, ctx: MongodbReaderContext) => Promise<void>,
  consumer: ConsumerOptions = {},
): Service<typeof readers> {
  const database = mongodbDatabase({ url, collections: { seen: {} } })
  return defineService(readers, { database, consumer: { retry: { attempts: 3, baseMs: 1, maxMs: 5 }, ...consumer } })
    .on(NoteWritten, react, { from: 'beginning' })
    .implement({})
}

/** What the readers have seen, in the order of the notes. */
export async function seenOnMongodb(system: System): Promise<string[]> {
  return system.in('readers', async (ctx) => {
    const rows = await (ctx.db as MongodbHandle).collection<Seen>('seen').find().sort({ _id: 1 }).toArray()
    return rows.map(({ _id, by, times }) => `${by} ${_id} ${times}`)
  })
}
