import { type NewEvent, StoreOverloaded } from '@tidings/core'
import { Timestamp } from 'mongodb'
import { expect, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase as mongodbUrl } from './mongodb.ts'
import { shapeOf, shapesOfLog } from './mongodb-command-shapes.ts'
import { newEvent } from './new-event.ts'
import { contentsOf } from './open-log.ts'
import { logDatabase, openMongodbLog, reserveAndDie } from './open-mongodb-log.ts'

const some = (count: number, overrides: Partial<NewEvent> = {}): readonly NewEvent[] =>
  Array.from({ length: count }, (_, i) => newEvent(i, overrides))

const allowed = new Set(shapesOfLog)

describeOnMongodb('the log', () => {
  test('sends no command that is not bounded by an index on both sides, whatever happens', async () => {
    const url = mongodbUrl()
    const { log, sent } = openMongodbLog(url, { holeTimeoutMs: 20, pollMs: 10 })
    await log.identity()
    const database = await logDatabase(url)
    sent.length = 0
    let rung = 0
    log.onAdvance(() => void rung++)
    const known = some(5)
    await log.append(known)
    await log.append(known.slice(1, 2))
    await log.append([...known, ...some(2)])
    for (let i = 0; i < 3; i++) await log.append(some(400, { type: `notes.type-${i}` }))
    const lost = (await reserveAndDie(database, 3)) + 300
    await database.collection<{ _id: number }>('events').insertOne({ _id: lost, tombstone: 'hole' } as never)
    const counters = database.collection<{ _id: string; reserved: number }>('tidings_log')
    await counters.updateOne({ _id: 'counter' }, { $set: { reserved: lost - 2 } })
    await log.append(some(4))
    await log.append(some(1))
    // As after a backup that was restored in parts.
    await counters.updateOne({ _id: 'counter' }, { $inc: { reserved: -3 } })
    await log.append(some(1))
    await expect.poll(() => log.sealed()).toBeGreaterThan(lost)
    for (const types of [
      undefined,
      ['notes.type-1'],
      ['notes.type-0', 'notes.none'],
      Array.from({ length: 50 }, (_, i) => `notes.type-${i}`),
      [],
    ]) {
      for (const limit of [300, 10_000])
        for (let after = 0, upTo = -1; upTo !== after; ) {
          if (upTo >= 0) after = upTo
          upTo = (await log.read({ after, limit, ...(types === undefined ? {} : { types }) })).upTo
        }
      if (types === undefined) await contentsOf(log)
    }
    await expect.poll(() => rung).toBeGreaterThan(0)
    await log.close()
    const shapes = new Set(sent.map(shapeOf))
    expect([...shapes].filter((shape) => !allowed.has(shape))).toEqual([])
    // The list says no more than what is used.
    const unused = [...allowed].filter((shape) => !shapes.has(shape))
    expect(unused).toEqual([])
  })

  test('reads a whole stretch with one query, and what a service wants of it with one for each type', async () => {
    const url = mongodbUrl()
    const { log, sent } = openMongodbLog(url)
    for (let i = 0; i < 3; i++) await log.append(some(500, { type: `notes.type-${i}` }))
    await log.sealed()
    sent.length = 0
    const finds = async (types?: readonly string[]): Promise<number> => {
      sent.length = 0
      await log.read({ after: 0, limit: 500, ...(types === undefined ? {} : { types }) })
      return sent.filter(({ find }) => find === 'events').length
    }
    expect(await finds()).toBe(1)
    expect(await finds(['notes.type-0'])).toBe(1)
    expect(await finds(['notes.type-0', 'notes.type-1'])).toBe(2)
  })

  test('reads after everything that was answered before, on whatever server: what was sealed is seen by the query that it bounds', async () => {
    const { log, sent } = openMongodbLog(mongodbUrl())
    await log.identity()
    const times: Timestamp[] = []
    for (let i = 0; i < 3; i++) {
      await log.append(some(400))
      sent.length = 0
      await log.sealed()
      await log.read({ after: 0, limit: 10, types: ['notes.note-written'] })
      const reads = sent.filter(({ name }) => name === 'find')
      expect(reads.length).toBeGreaterThan(1)
      for (const { readConcern } of reads) expect(readConcern).toMatchObject({ level: 'majority', afterClusterTime: expect.any(Timestamp) })
      times.push(...reads.map(({ readConcern }) => readConcern.afterClusterTime as Timestamp))
    }
    expect(times).toEqual(times.toSorted((a, b) => a.compare(b)))
    // The appends between them count too.
    expect(new Set(times.map(String)).size).toBeGreaterThanOrEqual(3)
  })

  test('writes appends that are made at once in few batches: one reservation and one insert for each', async () => {
    const { log, sent } = openMongodbLog(mongodbUrl())
    await log.identity()
    sent.length = 0
    const positions = await Promise.all(some(300).map((event) => log.append([event])))
    expect(positions.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
    expect(sent.length).toBeLessThan(10)
  })

  test('takes on no more than maxWaiting events, and says so', async () => {
    const { log } = openMongodbLog(mongodbUrl(), { maxWaiting: 3 })
    await log.identity()
    const outcomes = await Promise.allSettled([log.append(some(2)), log.append(some(1)), log.append(some(1)), log.append(some(1))])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(outcomes[3]).toMatchObject({ reason: { code: new StoreOverloaded({ store: '', waiting: 0, maximum: 0 }).code, waiting: 3 } })
    // More than that in one append is taken where nothing else waits.
    expect(await log.append(some(9))).toHaveLength(9)
  })
})
