import { EventIdReused, type NewEvent } from '@tidings/core'
import { expect, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase as mongodbUrl } from './mongodb.ts'
import { newEvent } from './new-event.ts'
import { contentsOf } from './open-log.ts'
import { logDatabase, openMongodbLog, standing } from './open-mongodb-log.ts'

/** So long that no test waits for it. */
const never = 2 ** 30

const some = (count: number): readonly NewEvent[] => Array.from({ length: count }, (_, i) => newEvent(i))

describeOnMongodb('an event that comes again', () => {
  test('alone leaves its new position closed at once, so that no reader waits for it', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    const event = newEvent(1)
    await log.append([event])
    expect(await log.append([event])).toEqual([1])
    const [position = 0] = await log.append([newEvent(2)])
    expect(await standing(await logDatabase(url))).toMatchObject({ 2: '(repeat)' })
    expect(await log.sealed()).toBe(position)
    await expect(log.append([{ ...event, data: '"other"' }])).rejects.toThrow(EventIdReused)
    const [next = 0] = await log.append([newEvent(3)])
    expect(await log.sealed()).toBe(next)
  })

  test('among new ones, alone or in a group, in one batch keeps no other from its place', async () => {
    const { log } = openMongodbLog(mongodbUrl(), { holeTimeoutMs: never })
    const known = some(3)
    await log.append(known)
    const fresh = some(6)
    const [reused, alone, single, group, mixed] = await Promise.allSettled([
      log.append([{ ...known[0], data: '"other"' } as NewEvent]),
      log.append(known.slice(1, 2)),
      log.append(fresh.slice(0, 1)),
      log.append(fresh.slice(1, 4)),
      log.append([...known.slice(2), ...fresh.slice(4)]),
    ])
    expect(reused).toMatchObject({ status: 'rejected', reason: { code: 'LOG_EVENT_ID_REUSED', position: 1 } })
    expect(alone).toEqual({ status: 'fulfilled', value: [2] })
    expect([single.status, group.status, mixed.status]).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    const contents = await contentsOf(log)
    expect(contents.map(({ id }) => id).sort()).toEqual([...known, ...fresh].map(({ id }) => id).sort())
  })

  test('in another group that is written at the same time stands in one of them; both are whole', async () => {
    const url = mongodbUrl()
    for (let round = 0; round < 5; round++) {
      const logs = [openMongodbLog(url).log, openMongodbLog(url).log]
      const events = some(6)
      const parts = [events.slice(0, 4), events.slice(2).reverse()]
      const positions = await Promise.all(parts.map((part, i) => logs[i]?.append(part)))
      const byId = new Map((await contentsOf(logs[0] ?? openMongodbLog(url).log)).map(({ id, position }) => [id, position]))
      for (const [i, part] of parts.entries()) expect(positions[i]).toEqual(part.map(({ id }) => byId.get(id)))
    }
  })
})

describeOnMongodb('a position that somebody else has', () => {
  test('is left to them: the counter is raised to the head, and the event stands behind it', async () => {
    const url = mongodbUrl()
    const { log, sent } = openMongodbLog(url, { holeTimeoutMs: never })
    const before = some(7)
    for (const event of before) await log.append([event])
    // As after a backup that was restored in parts.
    const database = await logDatabase(url)
    const counters = database.collection<{ _id: string; reserved: number }>('tidings_log')
    await counters.updateOne({ _id: 'counter' }, { $set: { reserved: 2 } })
    const event = newEvent(8)
    sent.length = 0
    expect(await log.append([event])).toEqual([8])
    // Not position by position.
    expect(sent.filter(({ name }) => name === 'findAndModify')).toHaveLength(2)
    expect((await counters.findOne({ _id: 'counter' }))?.reserved).toBe(8)
    await counters.updateOne({ _id: 'counter' }, { $set: { reserved: 6 } })
    const group = some(4)
    const positions = await log.append(group)
    expect((await contentsOf(log)).map(({ id }) => id)).toEqual([...before, event, ...group].map(({ id }) => id))
    expect(Math.min(...positions)).toBeGreaterThan(8)
  })
})
