import type { EventLog } from '@tidings/core'
import { expect, test } from 'vitest'
import { ManualClock } from './manual-clock.ts'
import { describeOnMongodb, mongodbDatabase as mongodbUrl } from './mongodb.ts'
import { newEvent } from './new-event.ts'
import { recordingRuntime } from './notes.ts'
import { contentsOf } from './open-log.ts'
import { logDatabase, openMongodbLog, reserveAndDie, standing, writeAndDie } from './open-mongodb-log.ts'

/** So long that no test waits for it. */
const never = 2 ** 30
const holeTimeoutMs = 500

const positionsIn = async (log: EventLog): Promise<number[]> => (await contentsOf(log)).map(({ position }) => position)

/** A reader whose time goes on as the test says. */
function patientReader(url: string) {
  const clock = new ManualClock()
  const reader = openMongodbLog(url, { holeTimeoutMs, runtime: { ...recordingRuntime().runtime, clock } })
  /** Lets time go on, in steps, until the log is sealed so far. @returns How long that took, in milliseconds. */
  const timeUntilSealed = async (position: number): Promise<number> => {
    const begun = clock.monotonic()
    await expect
      .poll(
        async () => {
          const sealed = await reader.log.sealed()
          if (sealed < position && clock.isAwaited) clock.advance(20)
          return sealed
        },
        { interval: 1 },
      )
      .toBeGreaterThanOrEqual(position)
    return clock.monotonic() - begun
  }
  return { ...reader, clock, timeUntilSealed }
}

describeOnMongodb('a position whose writer died before it wrote', () => {
  test('is passed by no reader, and what stands behind it is kept back', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.append([newEvent(1)])
    await reserveAndDie(await logDatabase(url), 1)
    const [position] = await log.append([newEvent(2)])
    expect(position).toBe(3)
    for (const types of [undefined, ['notes.note-written'], ['notes.none'], []]) {
      const read = types === undefined ? { after: 0, limit: 10 } : { after: 0, limit: 10, types }
      const { events, upTo } = await log.read(read)
      expect(upTo).toBe(1)
      expect(events.length).toBeLessThan(2)
    }
    expect(await log.sealed()).toBe(1)
  })

  test('keeps readers waiting for holeTimeoutMs, and not for twice as long; that is reported', async () => {
    const url = mongodbUrl()
    const writer = openMongodbLog(url, { holeTimeoutMs: never })
    await writer.log.append([newEvent(1)])
    await reserveAndDie(await logDatabase(url), 1)
    await writer.log.append([newEvent(2)])
    const reader = patientReader(url)
    const waitedMs = await reader.timeUntilSealed(3)
    expect(waitedMs).toBeGreaterThanOrEqual(holeTimeoutMs)
    expect(waitedMs).toBeLessThan(2 * holeTimeoutMs)
    expect(await positionsIn(reader.log)).toEqual([1, 3])
    expect(await positionsIn(writer.log)).toEqual([1, 3])
  })

  test('keeps readers waiting for less than twice holeTimeoutMs where they wait for another already', async () => {
    const url = mongodbUrl()
    const writer = openMongodbLog(url, { holeTimeoutMs: never })
    await writer.log.append([newEvent(1)])
    const database = await logDatabase(url)
    await reserveAndDie(database, 1)
    const reader = patientReader(url)
    await reader.log.sealed()
    await expect.poll(() => reader.clock.isAwaited).toBe(true)
    reader.clock.advance(holeTimeoutMs / 5)
    // It was looked for holes; the next one comes at once.
    await expect.poll(() => reader.clock.isAwaited).toBe(true)
    await reserveAndDie(database, 1)
    await writer.log.append([newEvent(2)])
    const waitedMs = await reader.timeUntilSealed(4)
    expect(waitedMs).toBeGreaterThanOrEqual(holeTimeoutMs)
    expect(waitedMs).toBeLessThan(2 * holeTimeoutMs)
  })

  test('is closed with all others in sight at once: a dead batch of 256 costs one wait and one insert', async () => {
    const url = mongodbUrl()
    const { log, sent, lines } = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.identity()
    const database = await logDatabase(url)
    const first = await reserveAndDie(database, 256)
    await log.append([newEvent(1)])
    sent.length = 0
    await expect.poll(() => log.sealed()).toBe(257)
    const inserts = sent.filter(({ name }) => name === 'insert')
    expect(inserts).toHaveLength(1)
    expect(inserts[0]?.documents).toHaveLength(256)
    expect(first).toBe(1)
    expect(lines.filter((line) => line.includes('Closed 256 positions'))).toHaveLength(1)
  })

  test('is found where nothing stands behind it in sight: an empty stretch is not the end of the log', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.append([newEvent(1)])
    const database = await logDatabase(url)
    await reserveAndDie(database, 600)
    // Only the counter tells of it.
    await expect.poll(() => log.sealed()).toBe(601)
    await reserveAndDie(database, 600)
    const [position = 0] = await log.append([newEvent(2)])
    expect(position).toBe(1_202)
    const read = async (): Promise<number> => (await log.read({ after: 1, limit: 3 })).events[0]?.position ?? 0
    await expect.poll(read).toBe(position)
  })

  test('is not closed when its event comes in time', async () => {
    const url = mongodbUrl()
    const reader = patientReader(url)
    await reader.log.append([newEvent(1)])
    const database = await logDatabase(url)
    const position = await reserveAndDie(database, 1)
    const slow = newEvent(2)
    await reader.log.append([newEvent(3)])
    await reader.log.sealed()
    await expect.poll(() => reader.clock.isAwaited).toBe(true)
    // Looked at for the first time, and again just before its time is over.
    for (const ms of [holeTimeoutMs / 2, holeTimeoutMs - 1]) {
      reader.clock.advance(ms)
      await expect.poll(() => reader.clock.isAwaited).toBe(true)
      expect(await standing(database)).not.toHaveProperty(String(position))
    }
    expect(await reader.log.sealed()).toBe(1)
    await writeAndDie(database, [[position, slow]])
    expect(await positionsIn(reader.log)).toEqual([1, 2, 3])
    expect((await standing(database))[2]).toBe(slow.id)
  })

  test('rings those who listen when it is closed, for they may have heard of what stands behind it long ago', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: 20, pollMs: never })
    await log.identity()
    await reserveAndDie(await logDatabase(url), 1)
    await log.append([newEvent(1)])
    const seen: number[] = []
    log.onAdvance(() => void log.read({ after: 0, limit: 10 }).then(({ upTo }) => seen.push(upTo)))
    expect((await log.read({ after: 0, limit: 10 })).upTo).toBe(0)
    await expect.poll(() => seen.at(-1)).toBe(2)
  })
})

describeOnMongodb('a writer that comes too late with a position', () => {
  test('loses it and not its event, and has readers wait twice as long', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: 500 })
    await log.identity()
    const database = await logDatabase(url)
    const closed = [1, 2].map((_id) => ({ _id, tombstone: 'hole' }))
    await database.collection<{ _id: number }>('events').insertMany(closed)
    const event = newEvent(1)
    const [position = 0] = await log.append([event])
    expect(position).toBeGreaterThan(2)
    expect(await standing(database)).toMatchObject({ 1: '(hole)', 2: '(hole)', [position]: event.id })
    expect(await database.collection('tidings_log').findOne({ log: { $exists: true }, losses: { $exists: true } })).toMatchObject({
      losses: 2,
      holeTimeoutMs: 2_000,
    })
  })

  test('has readers wait so long only for a while: after a calm minute half as long', async () => {
    const url = mongodbUrl()
    const reader = patientReader(url)
    await reader.log.append([newEvent(1)])
    const database = await logDatabase(url)
    const counters = database.collection<{ _id: string; holeTimeoutMs?: number }>('tidings_log')
    await counters.updateOne({ _id: 'counter' }, { $set: { holeTimeoutMs: 1_500, losses: 1 } })
    await reserveAndDie(database, 1)
    await reader.log.append([newEvent(2)])
    expect(await reader.timeUntilSealed(3)).toBeGreaterThanOrEqual(1_500)
    // Whoever looks for holes sees how long it has been calm.
    const stored = async (): Promise<number | undefined> => (await counters.findOne({ _id: 'counter' }))?.holeTimeoutMs
    await reserveAndDie(database, 1)
    await reader.log.append([newEvent(3)])
    await reader.log.sealed()
    await expect.poll(() => reader.clock.isAwaited).toBe(true)
    reader.clock.advance(60_000)
    await expect.poll(stored).toBe(750)
    await reader.timeUntilSealed(5)
    await reserveAndDie(database, 1)
    await reader.log.append([newEvent(4)])
    for (let i = 0; i < 2; i++) {
      await reader.log.sealed()
      await expect.poll(() => reader.clock.isAwaited).toBe(true)
      reader.clock.advance(60_000)
    }
    await expect.poll(stored).toBeUndefined()
  })

  test('makes readers wait 30 s at most', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url)
    await log.identity()
    const database = await logDatabase(url)
    const counters = database.collection<{ _id: string; holeTimeoutMs?: number }>('tidings_log')
    await counters.updateOne({ _id: 'counter' }, { $set: { holeTimeoutMs: 25_000 } })
    await database.collection<{ _id: number }>('events').insertOne({ _id: 1, tombstone: 'hole' } as never)
    await log.append([newEvent(1)])
    expect((await counters.findOne({ _id: 'counter' }))?.holeTimeoutMs).toBe(30_000)
  })
})
