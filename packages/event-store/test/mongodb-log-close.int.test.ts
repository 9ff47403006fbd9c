import type { EventLog } from '@tidings/core'
import { expect, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase as mongodbUrl } from './mongodb.ts'
import { logDatabase, openMongodbLog } from './open-mongodb-log.ts'

/** More than is looked at in one read. */
const long = 20_000

describeOnMongodb('closing a log', () => {
  test.each<[string, (log: EventLog) => Promise<unknown>]>([
    ['looks how far a long log goes', (log) => log.sealed()],
    ['reads a long log of which it wants nothing', (log) => log.read({ after: 0, limit: 5_000, types: ['notes.none'] })],
  ])('does not wait for whoever %s', async (_, look) => {
    const url = mongodbUrl()
    await openMongodbLog(url).log.identity()
    const database = await logDatabase(url)
    const nothing = Array.from({ length: long }, (_, i) => ({ _id: i + 1, tombstone: 'hole' }))
    await database.collection<{ _id: number }>('events').insertMany(nothing)
    await database.collection<{ _id: string }>('tidings_log').updateOne({ _id: 'counter' }, { $set: { reserved: long } })
    const { log, sent } = openMongodbLog(url)
    await log.identity()
    sent.length = 0
    const looking = look(log)
    const ended = expect(looking).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await expect.poll(() => sent.some(({ find }) => find === 'events'), { interval: 1 }).toBe(true)
    await log.close()
    await ended
  })
})

test('a read whose signal is aborted waits for no server', async () => {
  const { log } = openMongodbLog('mongodb://127.0.0.1:1/log', { waitMs: 60_000 })
  const aborting = new AbortController()
  const reading = log.read({ after: 0, limit: 1, signal: aborting.signal })
  aborting.abort(new Error('enough'))
  await expect(reading).rejects.toThrow('enough')
})
