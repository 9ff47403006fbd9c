import { type EventLog, FormatUnknown, LogTruncated, StoreDamaged } from '@tidings/core'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { expect, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase as mongodbUrl } from './mongodb.ts'
import { newEvent } from './new-event.ts'
import { contentsOf } from './open-log.ts'
import { logDatabase, openMongodbLog, standing } from './open-mongodb-log.ts'

type State = {
  _id: string
  id?: string
  format?: number
  position?: number
  reserved?: number
  truncatedBefore?: number
  something?: string
}

test('options that are wrong are all named at once', () => {
  const wrong = { url: 'mongodb://127.0.0.1/log', appendTimeoutMs: -1, holeTimeoutMs: 0, pollMs: Number.NaN, maxWaiting: 0 }
  expect(() => mongodbEventLog(wrong)).toThrow(/appendTimeoutMs.*holeTimeoutMs.*pollMs.*maxWaiting/)
})

describeOnMongodb('a log that is opened', () => {
  test('is made by whoever comes first, once, however many come at once', async () => {
    const url = mongodbUrl()
    const logs = Array.from({ length: 5 }, () => openMongodbLog(url).log)
    expect(await logs[0]?.exists()).toBe(false)
    expect(await (await logDatabase(url)).listCollections().toArray()).toEqual([])
    const identities = await Promise.all(logs.map((log) => log.identity()))
    expect(new Set(identities).size).toBe(1)
    expect(await Promise.all(logs.map((log) => log.exists()))).toEqual([true, true, true, true, true])
    const database = await logDatabase(url)
    const [events] = await database.listCollections({ name: 'events' }).toArray()
    expect(events).toMatchObject({ options: { clusteredIndex: { key: { _id: 1 }, unique: true } } })
    expect(await database.collection('events').indexes()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: { id: 1 }, unique: true, sparse: true }),
        expect.objectContaining({ key: { type: 1, _id: 1 } }),
      ]),
    )
    expect(await database.collection<State>('tidings_log').findOne({ _id: 'log' })).toMatchObject({ id: identities[0], format: 2 })
  })

  test('is made to its end where the process that began died', async () => {
    const url = mongodbUrl()
    const database = await logDatabase(url)
    const id = 'the identity that was written before the death'
    await database.collection<State>('tidings_log').insertOne({ _id: 'log', id, format: 1 })
    const { log } = openMongodbLog(url)
    expect(await log.identity()).toBe(id)
    expect(await log.append([newEvent(1)])).toEqual([1])
  })

  test('where something else made the collections is refused, and nothing is changed', async () => {
    const url = mongodbUrl()
    const database = await logDatabase(url)
    await database.collection('events').insertOne({ mine: true })
    const { log } = openMongodbLog(url)
    for (const use of [() => log.append([newEvent(1)]), () => log.identity(), () => log.exists(), () => log.read({ after: 0, limit: 1 })])
      await expect(use()).rejects.toThrow(StoreDamaged)
    expect(await database.collection('events').countDocuments()).toBe(1)
    expect(await database.listCollections().toArray()).toHaveLength(1)
  })

  test.each([
    ['a collection of state', 'tidings_log', { _id: 'log', something: 'else' }],
    ['an identity and a collection of events that is none of ours', 'events', { mine: true }],
  ])('where something else made %s is refused', async (_, name, document) => {
    const url = mongodbUrl()
    const database = await logDatabase(url)
    if (name === 'events') await database.collection<State>('tidings_log').insertOne({ _id: 'log', id: 'x', format: 1 })
    await database.collection(name).insertOne(document as never)
    await expect(openMongodbLog(url).log.append([newEvent(1)])).rejects.toThrow(StoreDamaged)
  })

  test('in a newer format is refused, and nothing is changed', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    await log.append([newEvent(1)])
    const database = await logDatabase(url)
    await database.collection<State>('tidings_log').updateOne({ _id: 'log' }, { $set: { format: 3 } })
    const later = openMongodbLog(url).log
    await expect(later.append([newEvent(2)])).rejects.toThrow(FormatUnknown)
    expect(await contentsOf(log)).toHaveLength(1)
  })

  test('and made anew by another process while it is open takes no event into the wrong log', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    await log.append([newEvent(1)])
    await (await logDatabase(url)).dropDatabase()
    await expect(log.append([newEvent(2)])).rejects.toThrow(StoreDamaged)
    const other = openMongodbLog(url).log
    await other.append([newEvent(3)])
    await expect(log.append([newEvent(4)])).rejects.toThrow(StoreDamaged)
    expect(await contentsOf(other)).toHaveLength(1)
  })
})

describeOnMongodb('where a reader begins', () => {
  const withWatermark = async (url: string, position: number): Promise<void> => {
    const states = (await logDatabase(url)).collection<State>('tidings_log')
    await states.updateOne({ _id: 'watermark' }, { $set: { position } })
  }

  test('is the watermark, so that a long log is not looked through', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    for (let i = 0; i < 3; i++) await log.append(Array.from({ length: 400 }, (_, n) => newEvent(n)))
    await log.sealed()
    const states = (await logDatabase(url)).collection<State>('tidings_log')
    await expect.poll(async () => (await states.findOne({ _id: 'watermark' }))?.position).toBe(1_200)
    const reader = openMongodbLog(url)
    expect(await reader.log.sealed()).toBe(1_200)
    const ranges = reader.sent.filter(({ name, find }) => name === 'find' && find === 'events').map(({ filter }) => filter._id)
    expect(ranges.filter((range) => typeof range === 'object').map(({ $gt }) => $gt)).toEqual([1_200])
  })

  test('is the beginning where the watermark leads: nothing is passed that may still come', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    for (let i = 0; i < 3; i++) await log.append([newEvent(i)])
    await withWatermark(url, 50)
    const reader = openMongodbLog(url).log
    expect(await reader.sealed()).toBe(3)
    await log.append([newEvent(4)])
    expect(await contentsOf(reader)).toHaveLength(4)
  })

  test('is never raised past a hole', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: 2 ** 30 })
    await log.append(Array.from({ length: 999 }, (_, n) => newEvent(n)))
    const database = await logDatabase(url)
    const states = database.collection<State>('tidings_log')
    await states.updateOne({ _id: 'counter' }, { $inc: { reserved: 1 } })
    await log.append(Array.from({ length: 999 }, (_, n) => newEvent(n)))
    expect(await log.sealed()).toBe(999)
    await log.close()
    expect((await states.findOne({ _id: 'watermark' }))?.position).toBe(0)
  })
})

describeOnMongodb('a log that begins above position 1', () => {
  /** As an archive leaves it; no release truncates yet. */
  async function truncated(url: string, log: EventLog, before: () => Promise<unknown> = async () => {}): Promise<void> {
    for (let i = 0; i < 5; i++) await log.append([newEvent(i)])
    await before()
    await truncateBefore4(url)
  }

  async function truncateBefore4(url: string): Promise<void> {
    const database = await logDatabase(url)
    await database.collection<State>('tidings_log').updateOne({ _id: 'log' }, { $set: { truncatedBefore: 4 } })
    await database.collection<{ _id: number }>('events').deleteMany({ _id: { $gt: 0, $lt: 4 } })
  }

  test('refuses to read what is gone, and reads what is there', async () => {
    const url = mongodbUrl()
    await truncated(url, openMongodbLog(url).log)
    const { log } = openMongodbLog(url)
    for (const types of [undefined, ['notes.note-written'], ['notes.none'], []])
      await expect(log.read({ after: 2, limit: 10, ...(types === undefined ? {} : { types }) })).rejects.toThrow(LogTruncated)
    await expect(log.read({ after: 0, limit: 1 })).rejects.toMatchObject({ code: 'LOG_TRUNCATED', truncatedBefore: 4 })
    expect((await log.read({ after: 3, limit: 10 })).events.map(({ position }) => position)).toEqual([4, 5])
    expect(await log.sealed()).toBe(5)
    expect(await log.append([newEvent(6)])).toEqual([6])
  })

  test('refuses it too where it was truncated while this process had it open', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    await truncated(url, log, () => log.sealed())
    for (const limit of [2, 4]) await expect(log.read({ after: 0, limit })).rejects.toThrow(LogTruncated)
  })

  test('refuses it too where it was truncated before this process had looked there, and closes nothing of it', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.identity()
    await truncated(url, openMongodbLog(url).log)
    const read = (types?: readonly string[]) => log.read({ after: 0, limit: 10, ...(types === undefined ? {} : { types }) })
    await expect.poll(() => read().catch(({ code }) => code)).toBe('LOG_TRUNCATED')
    for (const types of [['notes.note-written'], []]) await expect(read(types)).rejects.toThrow(LogTruncated)
    expect(await log.sealed()).toBe(5)
    expect(Object.keys(await standing(await logDatabase(url)))).toEqual(['4', '5'])
  })

  test('refuses a part of it too that is read by the index of types, which shows no gaps', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    await truncated(url, log, () => log.append(Array.from({ length: 600 }, (_, i) => newEvent(i))).then(() => log.sealed()))
    for (const types of [['notes.note-written'], ['notes.none']])
      for (const limit of [2, 300]) await expect(log.read({ after: 0, limit, types })).rejects.toThrow(LogTruncated)
    expect((await log.read({ after: 3, limit: 2, types: ['notes.note-written'] })).upTo).toBe(5)
    await expect(log.read({ after: 0, limit: 2, types: [] })).rejects.toThrow(LogTruncated)
  })

  test('keeps what is left of a group whose head is gone', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    const events = Array.from({ length: 5 }, (_, i) => newEvent(i))
    await log.append(events)
    await truncateBefore4(url)
    const later = openMongodbLog(url).log
    expect((await later.read({ after: 3, limit: 10 })).events.map(({ position }) => position)).toEqual([4, 5])
    for (const repeated of [events.slice(4), events.slice(3)])
      expect(await later.append(repeated)).toEqual(repeated.map((event) => events.indexOf(event) + 1))
    expect((await later.read({ after: 3, limit: 10 })).events.map(({ position }) => position)).toEqual([4, 5])
  })

  test('is not the same as a log with something missing, which is damaged', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    for (let i = 0; i < 5; i++) await log.append([newEvent(i)])
    await log.sealed()
    await (await logDatabase(url)).collection<{ _id: number }>('events').deleteOne({ _id: 2 })
    for (const limit of [2, 3, 100]) await expect(log.read({ after: 0, limit })).rejects.toThrow(StoreDamaged)
  })
})
