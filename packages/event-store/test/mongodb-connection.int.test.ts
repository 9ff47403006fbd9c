import { StoreClosed, StoreUnavailable } from '@tidings/core'
import type { CommandStartedEvent } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { MongoConnection } from '../src/mongodb/connection/mongo-connection.ts'
import type { MongoServerOptions } from '../src/mongodb/connection/options.ts'
import { describeOnMongodb, mongodbDatabase } from './mongodb.ts'
import { recordingRuntime } from './notes.ts'

/** Nothing listens there: the port belongs to a service that is never run. */
const nobody = 'mongodb://lea:geheim@127.0.0.1:1/shop'

function open(options: MongoServerOptions): { readonly connection: MongoConnection; readonly lines: readonly string[] } {
  const { runtime, lines } = recordingRuntime()
  const connection = new MongoConnection({ runtime, ...options })
  onTestFinished(() => connection.close())
  return { connection, lines }
}

describeOnMongodb('a connection', () => {
  test('is made at first use and shared by callers that come at once', async () => {
    const { connection } = open({ url: mongodbDatabase() })
    const clients = await Promise.all([connection.client(), connection.client(), connection.client()])
    expect(new Set(clients).size).toBe(1)
  })

  test('writes to a majority with journal, and reads from the primary what a majority has', async () => {
    const commands: CommandStartedEvent[] = []
    const { connection } = open({ url: mongodbDatabase(), onCommand: (command) => commands.push(command) })
    const database = await connection.database()
    await database.collection('things').insertOne({ name: 'lamp' })
    await database.collection('things').findOne({ name: 'lamp' })
    const sent = Object.fromEntries(commands.map(({ commandName, command }) => [commandName, command]))
    expect(sent.insert?.writeConcern).toMatchObject({ w: 'majority', j: true })
    expect(sent.insert).not.toHaveProperty('txnNumber')
    expect(sent.find?.readConcern).toMatchObject({ level: 'majority' })
  })

  test('is closed for good, and says so', async () => {
    const { connection } = open({ url: mongodbDatabase() })
    await connection.client()
    await connection.close()
    await expect(connection.client()).rejects.toThrow(StoreClosed)
  })
})

test('a server that is away is waited for up to the limit, with lines that name it and no password', async () => {
  const { connection, lines } = open({ url: nobody, waitMs: 6_000 })
  const error = await connection.client().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect(String(error)).toContain('127.0.0.1:1/shop')
  expect(lines.length).toBeGreaterThan(0)
  expect(`${error} ${lines.join('\n')}`).not.toContain('geheim')
})

test('closing ends the wait for a server that is away', async () => {
  const { connection } = open({ url: nobody })
  const waiting = connection.client()
  const failed = expect(waiting).rejects.toThrow(StoreClosed)
  await connection.close()
  await failed
})
