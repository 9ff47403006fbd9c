import type { EventLog } from '@tidings/core'
import type { MongodbEventLogOptions } from '@tidings/event-store/mongodb'
import type { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { anEvent, someEvents } from '../src/conformance/log/an-event.ts'
import { clearFailPoint, setFailPoint } from '../src/faults/fail-point.ts'
import { sendsCommand } from '../src/faults/proxy-plan.ts'
import { type Mongod, startMongod } from '../src/faults/start-mongod.ts'
import { describeWithMongod, mongodForTest, proxyForTest } from './mongod.ts'
import { NappingClock } from './napping-clock.ts'
import { clientFor, contentsOf, idsOf, newLogUrl, openMongodbLog } from './open-mongodb-log.ts'
import { quietRuntime } from './quiet-runtime.ts'

/** So long that no test waits for it. */
const never = 2 ** 30

/** Shared, for each takes a while to start; what fails on it is cleared after each test. */
let mongod: Mongod
beforeAll(async () => {
  if (inject('mongodbUrl') !== undefined) mongod = await startMongod()
})
afterAll(() => mongod?.[Symbol.asyncDispose]())

/** A new log, and a proxy before its server. */
async function newProxiedLog() {
  const { proxy, url } = await proxyForTest(mongod)
  return { proxy, url: newLogUrl(url) }
}

async function faultyClient(): Promise<MongoClient> {
  const client = await clientFor(mongod.url)
  onTestFinished(() => clearFailPoint(client))
  return client
}

/** Whatever became of the attempts, each event stands there once, and an append of several is whole. */
async function expectOnce(log: EventLog, ids: readonly string[]): Promise<void> {
  await expect.poll(async () => [...idsOf(await contentsOf(log))].sort(), { timeout: 20_000 }).toEqual([...ids].sort())
}

describeWithMongod('an append', () => {
  const codes = [91, 189, 10107, 11600, 11602, 112]
  for (const command of ['findAndModify', 'insert', 'find']) {
    test(`whose ${command} meets ${codes.join(', ')} or a closed connection is done, once`, async () => {
      const url = newLogUrl(mongod.url)
      const log = openMongodbLog(url, { holeTimeoutMs: 20 })
      await log.identity()
      const client = await faultyClient()
      const ids: string[] = []
      for (const fault of [...codes.map((errorCode) => ({ errorCode })), { closeConnection: true }]) {
        const appends = [someEvents(1), someEvents(3)]
        await setFailPoint(client, { commands: [command], times: 2, ...fault })
        await Promise.all(appends.map((events) => log.append(events)))
        await clearFailPoint(client)
        ids.push(...idsOf(appends.flat()))
        await expectOnce(log, ids)
      }
    })
  }

  test('whose write concern is not met is acknowledged only when a majority is seen to have it', async () => {
    const url = newLogUrl(mongod.url)
    const log = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.identity()
    const client = await faultyClient()
    const known = anEvent()
    await log.append([known])
    for (const events of [[anEvent()], someEvents(4), [known], [known, anEvent()]]) {
      for (const command of ['insert', 'findAndModify']) {
        await setFailPoint(client, { commands: [command], times: 2, writeConcernErrorCode: 64 })
        await log.append(events)
        await clearFailPoint(client)
      }
    }
    // Positions that a repetition gave up are closed by the readers, in their time.
    await expect.poll(async () => (await contentsOf(log)).length).toBe(7)
    expect(new Set(idsOf(await contentsOf(log))).size).toBe(7)
    await expect(log.append([{ ...known, data: '"other"' }])).rejects.toMatchObject({ code: 'LOG_EVENT_ID_REUSED' })
  })

  test('whose reservation no majority acknowledges sends no event: a failover could take the positions back', async () => {
    const url = newLogUrl(mongod.url)
    const commands: string[] = []
    const onCommand = ({ commandName }: { readonly commandName: string }) => void commands.push(commandName)
    const log = openMongodbLog(url, { holeTimeoutMs: 20, appendTimeoutMs: 1_000, onCommand })
    await log.identity()
    commands.length = 0
    const client = await faultyClient()
    await setFailPoint(client, { commands: ['findAndModify'], times: 'alwaysOn', writeConcernErrorCode: 64 })
    await expect(log.append([anEvent()])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(commands).toContain('findAndModify')
    expect(commands).not.toContain('insert')
  })

  test('whose write concern is not met, and of which nobody can read what a majority has, is of unknown outcome', async () => {
    const { proxy, url } = await newProxiedLog()
    const log = openMongodbLog(url, { holeTimeoutMs: never, appendTimeoutMs: 2_000 })
    await log.identity()
    const client = await faultyClient()
    await setFailPoint(client, { commands: ['insert'], writeConcernErrorCode: 64 })
    void proxy.once('withhold-answer', sendsCommand('find'))
    const event = anEvent()
    await expect(log.append([event])).rejects.toMatchObject({ code: 'LOG_APPEND_OUTCOME_UNKNOWN' })
    await expectOnce(log, [event.id])
  })

  test('whose write is refused for duplicates and for its write concern at once finds the duplicates', async () => {
    const url = newLogUrl(mongod.url)
    const log = openMongodbLog(url, { holeTimeoutMs: never })
    const known = anEvent()
    await log.append([known])
    await setFailPoint(await faultyClient(), { commands: ['insert'], writeConcernErrorCode: 64 })
    const fresh = someEvents(5)
    const positions = await Promise.all([log.append([known]), ...fresh.map((event) => log.append([event]))])
    expect(positions[0]).toEqual([1])
    await expectOnce(log, idsOf([known, ...fresh]))
  })

  test.each(['lose-answer', 'cut'] as const)('whose insert meets "%s" on its way is done, once, where it was placed', async (fault) => {
    const { proxy, url } = await newProxiedLog()
    const log = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const ids: string[] = []
    for (const events of [someEvents(1), someEvents(5), someEvents(1)]) {
      const happened = proxy.once(fault, sendsCommand('insert'))
      const first = ids.length + 1
      // At the same positions: no other was reserved, so nobody has to wait for a hole.
      expect(await log.append(events)).toEqual(events.map((_, i) => first + i))
      await happened
      ids.push(...idsOf(events))
      expect(idsOf(await contentsOf(log))).toEqual(ids)
    }
  })

  test('whose head was written and not answered for is whole, and stays it', async () => {
    const { proxy, url } = await newProxiedLog()
    const log = openMongodbLog(url, { holeTimeoutMs: never })
    await log.identity()
    const events = someEvents(4)
    const isHead = (request: Buffer): boolean => sendsCommand('insert')(request) && request.includes(events[0]?.id ?? '')
    const happened = proxy.once('lose-answer', isHead)
    expect(await log.append(events)).toEqual([1, 2, 3, 4])
    await happened
    expect(idsOf(await contentsOf(log))).toEqual(idsOf(events))
  })

  test('whose head comes just before another closes it is alive, and nothing of it is cleared', async () => {
    const url = newLogUrl(mongod.url)
    await openMongodbLog(url).identity()
    /** A log whose first insert of that kind is held up until it is let go. */
    const heldUp = async (isMeant: (request: Buffer) => boolean) => {
      const { proxy } = await proxyForTest(mongod)
      const held = proxy.once({ delayMs: 0 }, (request) => sendsCommand('insert')(request) && isMeant(request)).then(() => proxy.halfOpen())
      const log = openMongodbLog(url.replace(`:${mongod.port}/`, `:${proxy.port}/`), { holeTimeoutMs: never })
      return { log, held, letGo: () => proxy.heal() }
    }
    const events = someEvents(3)
    const writer = await heldUp((request) => request.includes(events[0]?.id ?? '') && request.includes('head'))
    const other = await heldUp((request) => request.includes('group'))
    const writing = writer.log.append(events)
    await writer.held
    // Finds its event in a group without a head, and takes it for dead.
    const again = other.log.append(events.slice(2))
    await other.held
    writer.letGo()
    expect(await writing).toEqual([1, 2, 3])
    other.letGo()
    expect(await again).toEqual([3])
    expect(idsOf(await contentsOf(openMongodbLog(url, { holeTimeoutMs: never })))).toEqual(idsOf(events))
  })

  test('whose reservation was made and not answered for takes other positions, and readers go on', async () => {
    const { proxy, url } = await newProxiedLog()
    const log = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.identity()
    void proxy.once('lose-answer', sendsCommand('findAndModify'))
    const events = someEvents(3)
    expect(await log.append(events)).toEqual([4, 5, 6])
    await expectOnce(log, idsOf(events))
  })

  test('that is never answered ends at its own deadline, as unknown; repeated, it is done once', async () => {
    const { proxy, url } = await newProxiedLog()
    const log = openMongodbLog(url, { holeTimeoutMs: never, appendTimeoutMs: 400 })
    await log.identity()
    void proxy.once('withhold-answer', sendsCommand('insert'))
    const event = anEvent()
    await expect(log.append([event])).rejects.toMatchObject({ code: 'LOG_APPEND_OUTCOME_UNKNOWN' })
    expect(await log.append([event])).toEqual([1])
    expect(idsOf(await contentsOf(log))).toEqual([event.id])
  })

  test('that could not even reserve until its deadline has written nothing, and says so', async () => {
    const { proxy, url } = await newProxiedLog()
    const log = openMongodbLog(url, { holeTimeoutMs: 20, appendTimeoutMs: 400 })
    await log.identity()
    void proxy.once('withhold-answer', sendsCommand('findAndModify'))
    const second = anEvent()
    await expect(log.append([anEvent()])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    // What comes after it goes on; on a busy machine not within the deadline, at first.
    await expect.poll(() => log.append([second]).catch(() => [])).toHaveLength(1)
    await expectOnce(log, [second.id])
  })

  test('whose caller was told that nothing was written is sent no more, though others of its batch are', async () => {
    const url = newLogUrl(mongod.url)
    const clock = new NappingClock()
    const log = openMongodbLog(url, { holeTimeoutMs: never, appendTimeoutMs: 1_000, runtime: { ...quietRuntime, clock } })
    await log.identity()
    const client = await faultyClient()
    // Refused before anything was done: known to be unwritten.
    await setFailPoint(client, { commands: ['insert'], times: 'alwaysOn', errorCode: 462, errorLabels: ['SystemOverloadedError'] })
    const [late, inTime] = [anEvent(), anEvent()]
    const first = log.append([late])
    const told = expect(first).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    clock.time = 500
    const second = log.append([inTime])
    // Both wait to be sent again.
    await expect.poll(() => clock.isNapping((ms) => ms < 100)).toBe(true)
    clock.time = 1_000
    clock.wake((ms) => ms === 500)
    await told
    await clearFailPoint(client)
    clock.wake((ms) => ms < 100)
    expect(await second).toEqual([2])
    await expectOnce(log, [inTime.id])
  })

  test('once unknown stays unknown, whatever later attempts are refused for', async () => {
    const { proxy, url } = await newProxiedLog()
    const log = openMongodbLog(url, { holeTimeoutMs: never, appendTimeoutMs: 5_000 })
    await log.identity()
    const client = await faultyClient()
    const lost = proxy.once('lose-answer', sendsCommand('insert'))
    const event = anEvent()
    // No read tells what became of it, and from then on every insert is refused.
    await setFailPoint(client, { commands: ['find'], times: 'alwaysOn', errorCode: 13 })
    const appending = log.append([event])
    appending.catch(() => {})
    await lost
    await setFailPoint(client, { commands: ['find', 'insert'], times: 'alwaysOn', errorCode: 13 })
    await expect(appending).rejects.toMatchObject({ code: 'LOG_APPEND_OUTCOME_UNKNOWN' })
    await clearFailPoint(client)
    // The first insert had been carried out when the others were refused.
    expect(await log.append([event])).toEqual([1])
    expect(idsOf(await contentsOf(log))).toEqual([event.id])
  })

  test('by a user without the right to is refused at once, and so is opening the log', async () => {
    const url = newLogUrl(mongod.url)
    const client = await faultyClient()
    await openMongodbLog(url).identity()
    const log = openMongodbLog(url)
    await setFailPoint(client, { commands: ['insert'], times: 'alwaysOn', errorCode: 13 })
    await expect(log.append([anEvent()])).rejects.toMatchObject({ code: 'STORE_UNSUITABLE' })
    await expect(log.identity()).rejects.toMatchObject({ code: 'STORE_UNSUITABLE' })
    await clearFailPoint(client)
    expect(await log.append([anEvent()])).toEqual([1])
  })

  test('is done when a server that stepped down is primary again', async () => {
    const url = newLogUrl(mongod.url)
    const log = openMongodbLog(url, { holeTimeoutMs: 20 })
    await log.identity()
    const client = await faultyClient()
    await client.db('admin').command({ replSetStepDown: 1, force: true })
    const events = [someEvents(1), someEvents(3)]
    await Promise.all(events.map((some) => log.append(some)))
    await expectOnce(log, idsOf(events.flat()))
  })

  test('on a server that is not there yet fails at its deadline, and works once it is there', async () => {
    const away = await mongodForTest({ started: false })
    const log = openMongodbLog(newLogUrl(away.url), { appendTimeoutMs: 300 })
    const event = anEvent()
    await expect(log.append([event])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await away.start()
    await expect.poll(() => log.append([event]).catch(() => 'not yet')).toEqual([1])
  })
})

describeWithMongod('whoever listens', () => {
  /** Events that are seen at rings alone. */
  function listen(log: EventLog): { readonly seen: () => number; readonly ringing: Disposable } {
    let after = 0
    const read = (): void => {
      log.read({ after, limit: 1_000 }).then(
        ({ upTo }) => {
          after = Math.max(after, upTo)
        },
        () => {},
      )
    }
    return { seen: () => after, ringing: log.onAdvance(read) }
  }

  describe.each([
    ['lost its history', { errorCode: 286 }],
    ['met a failover', { errorCode: 10107 }],
    ['lost its connection', { closeConnection: true }],
  ])('to a change stream that %s', (_, fault) => {
    test('is rung again: it is opened anew from now, and what was missed is found by position', async () => {
      const url = newLogUrl(mongod.url)
      const [listener, writer] = [openMongodbLog(url, { pollMs: never }), openMongodbLog(url)]
      const { seen } = listen(listener)
      await writer.append([anEvent()])
      await expect.poll(seen).toBe(1)
      const client = await faultyClient()
      await setFailPoint(client, { commands: ['getMore', 'aggregate'], times: 3, ...fault })
      await writer.append([anEvent()])
      await expect.poll(seen).toBe(2)
      await writer.append([anEvent()])
      await expect.poll(seen).toBe(3)
    })
  })

  test('where there are no change streams is rung by polling, and closing ends that', async () => {
    const url = newLogUrl(mongod.url)
    const [listener, writer] = [openMongodbLog(url, { pollMs: 50 }), openMongodbLog(url)]
    await writer.identity()
    const client = await faultyClient()
    await setFailPoint(client, { commands: ['aggregate'], times: 'alwaysOn', errorCode: 40573 })
    const { seen } = listen(listener)
    for (let count = 1; count <= 3; count++) {
      await writer.append([anEvent()])
      await expect.poll(seen).toBe(count)
    }
    await listener.close()
  })

  test('where there are no change streams is not rung for what stands behind a hole, until it is closed', async () => {
    const url = newLogUrl(mongod.url)
    let looks = 0
    const onCommand: NonNullable<MongodbEventLogOptions['onCommand']> = ({ command }) => {
      if (command.find === 'tidings_log' && command.filter?._id === 'counter') looks++
    }
    const log = openMongodbLog(url, { pollMs: 5, holeTimeoutMs: never, onCommand })
    await log.append([anEvent()])
    const client = await faultyClient()
    await setFailPoint(client, { commands: ['aggregate'], times: 'alwaysOn', errorCode: 40573 })
    let rings = 0
    const { seen } = listen(log)
    log.onAdvance(() => void rings++)
    await expect.poll(seen).toBe(1)
    const database = client.db(new URL(url).pathname.slice(1))
    const counters = database.collection<{ _id: string; reserved: number }>('tidings_log')
    await counters.updateOne({ _id: 'counter' }, { $inc: { reserved: 1 } })
    await log.append([anEvent()])
    const [before, from] = [rings, looks]
    await expect.poll(() => looks).toBeGreaterThan(from + 10)
    expect(rings).toBeLessThanOrEqual(before + 1)
    await database.collection<{ _id: number }>('events').insertOne({ _id: 2, tombstone: 'hole' } as never)
    await expect.poll(seen).toBe(3)
  })

  test('where nothing is heard and nothing polled is rung when a hole is closed', async () => {
    const url = newLogUrl(mongod.url)
    const log = openMongodbLog(url, { pollMs: never, holeTimeoutMs: 20 })
    await log.identity()
    const client = await faultyClient()
    await setFailPoint(client, { commands: ['aggregate'], times: 'alwaysOn', errorCode: 40573 })
    const counters = client.db(new URL(url).pathname.slice(1)).collection<{ _id: string; reserved: number }>('tidings_log')
    await counters.updateOne({ _id: 'counter' }, { $inc: { reserved: 1 } })
    await log.append([anEvent()])
    const { seen } = listen(log)
    expect(await log.sealed()).toBe(0)
    await expect.poll(seen).toBe(2)
  })
})
