import type { EventLog, NewEvent } from '@tidings/core'
import { type MongodbEventLogOptions, mongodbEventLog } from '@tidings/event-store/mongodb'
import { type Db, type Document, MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import { recordingRuntime } from './notes.ts'

/** A command as it was sent. */
export type Sent = Document & { readonly name: string }

/** A log on MongoDB, closed when the test has finished, with what it reports and what it sends. */
export function openMongodbLog(
  url: string,
  options: Partial<MongodbEventLogOptions> = {},
): { readonly log: EventLog; readonly lines: readonly string[]; readonly sent: Sent[] } {
  const { runtime, lines } = recordingRuntime()
  const sent: Sent[] = []
  const log = mongodbEventLog({
    url,
    runtime,
    onCommand: ({ commandName, command }) => sent.push({ ...command, name: commandName }),
    ...options,
  })
  onTestFinished(() => log.close())
  return { log, lines, sent }
}

/** The log's database, as other writers reach it. */
export async function logDatabase(url: string): Promise<Db> {
  const client = await new MongoClient(url).connect()
  onTestFinished(() => client.close())
  return client.db()
}

/** Reserves positions as a writer does that dies then. @returns The first. */
export async function reserveAndDie(database: Db, count: number): Promise<number> {
  const counter = await database
    .collection<{ _id: string; reserved: number }>('tidings_log')
    .findOneAndUpdate({ _id: 'counter' }, { $inc: { reserved: count } }, { returnDocument: 'after' })
  return (counter?.reserved ?? 0) - count + 1
}

/** Writes events where they are placed, as a writer does that dies then. */
export async function writeAndDie(
  database: Db,
  placed: readonly (readonly [position: number, event: NewEvent])[],
  head?: number,
  size?: number,
): Promise<void> {
  const documents = placed.map(([position, { headers: _, ...event }]) => ({
    _id: position,
    ...event,
    ...(head === undefined ? {} : { head }),
    ...(head === position && size !== undefined ? { size } : {}),
  }))
  await database.collection<{ _id: number }>('events').insertMany(documents)
}

/** What stands at the positions, by position: the event's id, or why there is none. */
export async function standing(database: Db): Promise<Readonly<Record<number, string>>> {
  const documents = await database
    .collection<{ _id: number; id?: string; tombstone?: string }>('events')
    .find({ _id: { $gt: 0 } })
    .toArray()
  return Object.fromEntries(documents.map(({ _id, id, tombstone }) => [_id, id ?? `(${tombstone})`]))
}
