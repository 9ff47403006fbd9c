import type { EventLog, NewEvent } from '@tidings/core'
import type { Db } from 'mongodb'
import { expect, test } from 'vitest'
import { describeOnMongodb, mongodbDatabase as mongodbUrl } from './mongodb.ts'
import { newEvent } from './new-event.ts'
import { contentsOf } from './open-log.ts'
import { logDatabase, openMongodbLog, reserveAndDie, type Sent, standing, writeAndDie } from './open-mongodb-log.ts'

/** So long that no test waits for it. */
const never = 2 ** 30

const some = (count: number): readonly NewEvent[] => Array.from({ length: count }, (_, i) => newEvent(i))

/** A writer that dies with all of a group written but its head. @returns The head's position. */
async function writeWithoutHead(database: Db, events: readonly NewEvent[]): Promise<number> {
  const head = await reserveAndDie(database, events.length)
  await writeAndDie(
    database,
    events.slice(1).map((event, i) => [head + 1 + i, event]),
    head,
  )
  return head
}

/** The positions that the inserts of events were sent for, insert by insert. */
function insertsOf(sent: readonly Sent[]): number[][] {
  const inserts = sent.filter(({ name, insert }) => name === 'insert' && insert === 'events')
  return inserts.map(({ documents }) =>
    (documents as { _id: number; id?: string }[]).filter(({ id }) => id !== undefined).map(({ _id }) => _id),
  )
}

describeOnMongodb('an append of several events', () => {
  test('writes its head last, and only when all others were acknowledged', async () => {
    const { log, sent } = openMongodbLog(mongodbUrl())
    expect(await log.append(some(5))).toEqual([1, 2, 3, 4, 5])
    expect(insertsOf(sent)).toEqual([[], [2, 3, 4, 5], [1]])
    expect(sent.at(-1)?.documents).toMatchObject([{ _id: 1, head: 1, size: 5 }])
  })

  test('of which only one is new needs no head', async () => {
    const { log, sent } = openMongodbLog(mongodbUrl())
    const events = some(3)
    await log.append(events.slice(0, 2))
    sent.length = 0
    expect(await log.append(events)).toEqual([1, 2, 3])
    expect(insertsOf(sent)).toEqual([[3]])
  })

  test('is seen by nobody while its head is missing', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.append([newEvent(1)])
    const database = await logDatabase(url)
    const events = some(3)
    const head = await writeWithoutHead(database, events)
    expect(await contentsOf(log)).toHaveLength(1)
    await database
      .collection<{ _id: number }>('events')
      .insertOne({ _id: head, ...events[0], headers: undefined, head } as never, { ignoreUndefined: true })
    expect((await contentsOf(log)).map(({ id }) => id).slice(1)).toEqual(events.map(({ id }) => id))
  })

  test('whose writer died before the head is dead as a whole, and readers go on behind it', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.append([newEvent(1)])
    const database = await logDatabase(url)
    const events = some(4)
    const head = await writeWithoutHead(database, events)
    const behind = newEvent(2)
    await log.append([behind])
    await expect.poll(() => log.sealed()).toBe(head + 4)
    expect((await contentsOf(log)).map(({ position }) => position)).toEqual([1, head + 4])
    expect(Object.values(await standing(database)).filter((what) => what.startsWith('('))).toEqual([
      '(hole)',
      '(group)',
      '(group)',
      '(group)',
    ])
    // Its ids are free: whoever still has the events appends them anew.
    const positions = await log.append(events)
    expect(Math.min(...positions)).toBeGreaterThan(head + 4)
    expect((await contentsOf(log)).slice(2).map(({ id }) => id)).toEqual(events.map(({ id }) => id))
  })

  test('of which only some were written before its writer died is dead as a whole', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.append([newEvent(1)])
    const database = await logDatabase(url)
    const head = await reserveAndDie(database, 4)
    await writeAndDie(database, [[head + 2, newEvent(7)]], head)
    const [last] = await log.append([newEvent(2)])
    await expect.poll(() => log.sealed()).toBe(last)
    expect((await contentsOf(log)).map(({ position }) => position)).toEqual([1, last])
  })

  test('is told apart from its remains where a reader begins in its middle', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.append(some(3))
    const database = await logDatabase(url)
    // Somebody closed the head and died before clearing the rest.
    const dead = some(3)
    const head = await writeWithoutHead(database, dead)
    await database.collection<{ _id: number }>('events').insertOne({ _id: head, tombstone: 'hole' } as never)
    // A reader that passes the head alone, and then goes on from there.
    for (let after = 0; after < head; ) after = (await log.read({ after, limit: 1 })).upTo
    await log.append([newEvent(9)])
    const reader = openMongodbLog(url, { holeTimeoutMs: never })
    expect((await reader.log.read({ after: 1, limit: 10 })).events.map(({ position }) => position)).toEqual([2, 3, head + 3])
    expect((await log.read({ after: head, limit: 10 })).events.map(({ position }) => position)).toEqual([head + 3])
    expect(Object.values(await standing(database)).filter((what) => what === '(group)')).toHaveLength(2)
  })

  test('is dead too where an event stands in its head’s place, and is told apart from it', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const database = await logDatabase(url)
    // Two reserved the same positions: the counter had gone back, as it does when a backup is restored in parts.
    const head = await writeWithoutHead(database, some(3))
    const single = newEvent(7)
    await writeAndDie(database, [[head, single]])
    expect((await contentsOf(log)).map(({ id }) => id)).toEqual([single.id])
    expect(await standing(database)).toEqual({ [head]: single.id, [head + 1]: '(group)', [head + 2]: '(group)' })
  })

  test.each<[string, (log: EventLog) => Promise<unknown>]>([
    ['reads it whole', (log) => contentsOf(log)],
    ['begins in its middle', (log) => log.read({ after: 0, limit: 1 })],
    ['closes the head', async () => {}],
  ])('does not take in what another wrote behind it that named the same head: whoever %s', async (_, look) => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const database = await logDatabase(url)
    // Both reserved the same positions: the counter had gone back, as it does when a backup is restored in parts.
    const [own, other] = [some(2), some(4)]
    const head = await reserveAndDie(database, 4)
    const placed = (events: readonly NewEvent[]) => events.map((event, i) => [head + i, event] as const)
    await writeAndDie(database, placed(other).slice(2), head)
    await writeAndDie(database, placed(own), head, own.length)
    await look(log)
    // Whole, behind the other one.
    expect(await log.append(other)).toEqual([5, 6, 7, 8])
    expect((await contentsOf(log)).map(({ id }) => id)).toEqual([...own, ...other].map(({ id }) => id))
    expect(await standing(database)).toMatchObject({ 3: '(group)', 4: '(group)' })
  })

  test('of format 1, whose head does not tell how many there are, is read whole', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const database = await logDatabase(url)
    await database.collection<{ _id: string }>('tidings_log').updateOne({ _id: 'log' }, { $set: { format: 1 } })
    const events = some(3)
    const head = await writeWithoutHead(database, events)
    await writeAndDie(
      database,
      events.slice(0, 1).map((event) => [head, event]),
      head,
    )
    const later = openMongodbLog(url, { holeTimeoutMs: never }).log
    expect((await contentsOf(later)).map(({ id }) => id)).toEqual(events.map(({ id }) => id))
    expect(await later.append(events)).toEqual([1, 2, 3])
  })

  test('that is dead may be found by many at once: who clears it leaves no hole that another has passed', async () => {
    const url = mongodbUrl()
    const logs = Array.from({ length: 4 }, () => openMongodbLog(url, { holeTimeoutMs: 20 }).log)
    await Promise.all(logs.map((log) => log.identity()))
    const database = await logDatabase(url)
    for (let round = 0; round < 8; round++) {
      const dead = some(20)
      const head = await writeWithoutHead(database, dead)
      const [last = 0] = (await logs[0]?.append([newEvent(round)])) ?? []
      // Unless one of them was faster.
      const closed = { _id: head, tombstone: 'hole' } as never
      await database
        .collection<{ _id: number }>('events')
        .insertOne(closed)
        .catch(() => {})
      const reading = logs.flatMap((log) => [log.sealed(), log.read({ after: head - 1, limit: 50 }), log.append(dead.slice(round))])
      await Promise.all(reading)
      for (const log of logs) await expect.poll(() => log.sealed()).toBeGreaterThanOrEqual(last)
    }
    const contents = await Promise.all(logs.map((log) => contentsOf(log)))
    for (const other of contents) expect(other.slice(0, contents[0]?.length)).toEqual(contents[0]?.slice(0, other.length))
  })

  test('that comes again while its first append has no head closes the head and is appended anew, at once', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const database = await logDatabase(url)
    const events = some(3)
    const head = await writeWithoutHead(database, events)
    const positions = await log.append(events)
    expect(positions).toEqual([head + 3, head + 4, head + 5])
    expect(await standing(database)).toMatchObject({ [head]: '(group)', [head + 1]: '(group)', [head + 2]: '(group)' })
    expect((await contentsOf(log)).map(({ id }) => id)).toEqual(events.map(({ id }) => id))
  })

  test('one of whose events comes again alone, while it has no head, dies, and the event is appended anew', async () => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const database = await logDatabase(url)
    const events = some(3)
    await writeWithoutHead(database, events)
    await log.append(events.slice(2))
    expect((await contentsOf(log)).map(({ id }) => id)).toEqual([events[2]?.id])
  })

  test.each([
    ['whose head readers have closed', 1, { 1: '(hole)', 2: '(group)', 3: '(group)' }],
    ['one of whose positions readers have closed', 2, { 1: '(group)', 2: '(hole)', 3: '(group)' }],
  ])('%s, since its writer was late, clears what it wrote and is appended anew, whole', async (_, closed, left) => {
    const url = mongodbUrl()
    const { log } = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const database = await logDatabase(url)
    await database.collection<{ _id: number }>('events').insertOne({ _id: closed, tombstone: 'hole' } as never)
    const events = some(3)
    const positions = await log.append(events)
    expect(Math.min(...positions)).toBeGreaterThan(3)
    expect(await standing(database)).toMatchObject(left)
    expect((await contentsOf(log)).map(({ id }) => id)).toEqual(events.map(({ id }) => id))
  })
})
