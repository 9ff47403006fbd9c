import type { EventLog, StoredEvent } from '@tidings/core'
import { expect, test } from 'vitest'
import { anEvent } from '../src/conformance/log/an-event.ts'
import { sendsCommand } from '../src/faults/proxy-plan.ts'
import { describeWithMongod, mongodForTest, proxyForTest } from './mongod.ts'
import { contentsOf, newLogUrl, openMongodbLog } from './open-mongodb-log.ts'
import { type MongodbLogProcess, startMongodbLogProcess } from './start-mongodb-log-process.ts'

type Told = readonly (readonly [id: string, position: number])[]

/** Waits until everything that was acknowledged can be read; then nothing is lost, doubled, moved or torn. */
async function expectSound(log: EventLog, told: Told): Promise<readonly StoredEvent[]> {
  const last = Math.max(0, ...told.map(([, position]) => position))
  await expect.poll(() => log.sealed(), { timeout: 30_000 }).toBeGreaterThanOrEqual(last)
  const contents = await contentsOf(log)
  const positions = contents.map(({ position }) => position)
  expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
  expect(new Set(contents.map(({ id }) => id)).size).toBe(contents.length)
  const byId = new Map(contents.map(({ id, position }) => [id, position]))
  expect(told.filter(([id, position]) => byId.get(id) !== position)).toEqual([])
  const sizes = Map.groupBy(contents, ({ correlationId }) => correlationId)
  for (const [append, events] of sizes) expect([1, 3], `${append} is torn`).toContain(events.length)
  return contents
}

const progressOf = (writers: readonly MongodbLogProcess[]): number => Math.min(...writers.map((writer) => writer.acknowledged().length))

describeWithMongod('several processes', () => {
  test('make one log at the same instant, and append to and read it at once: no skip, nothing twice, and each ends by itself', async () => {
    const url = newLogUrl((await mongodForTest()).url)
    const writers = ['a', 'b', 'c'].map((name) => startMongodbLogProcess(url, name, 'append', '60', '4'))
    const total = 3 * (60 + 2 * 12)
    const readers = ['x', 'y'].map((name) => startMongodbLogProcess(url, name, 'read', String(total)))
    await Promise.all(writers.map(({ ended }) => ended))
    const told = writers.flatMap((writer) => writer.acknowledged())
    expect(told).toHaveLength(total)
    const contents = await expectSound(openMongodbLog(url), told)
    expect(contents).toHaveLength(total)
    for (const { ended } of readers) expect(await ended).toEqual([contents.map(({ position }) => position).join(' ')])
  })

  test('may be killed at any moment: what they were told is there, once, appends are whole, and the log goes on', async () => {
    const url = newLogUrl((await mongodForTest()).url)
    const told: (readonly [string, number])[] = []
    const log = openMongodbLog(url)
    for (let round = 0; round < 3; round++) {
      const writers = ['a', 'b'].map((name) => startMongodbLogProcess(url, `${name} ${round}`, 'append', '1000000', '8'))
      await expect.poll(() => progressOf(writers), { interval: 1 }).toBeGreaterThan(30)
      for (const { child } of writers) child.kill('SIGKILL')
      await Promise.all(writers.map(({ ended }) => ended))
      told.push(...writers.flatMap((writer) => writer.acknowledged()))
      const last = anEvent({ correlationId: `after round ${round}` })
      const [position = 0] = await log.append([last])
      await expectSound(log, [...told, [last.id, position]])
    }
  })

  test('go on when the server is killed and started again, and when one of them stops for longer than readers wait', async () => {
    const mongod = await mongodForTest()
    const url = newLogUrl(mongod.url)
    const log = openMongodbLog(url)
    const writers = ['a', 'b', 'c'].map((name) => startMongodbLogProcess(url, name, 'append', '1000000', '8'))
    const [paused, ...others] = writers
    for (let round = 0; round < 2; round++) {
      const before = progressOf(writers)
      await expect.poll(() => progressOf(writers), { interval: 1 }).toBeGreaterThan(before + 30)
      await mongod.kill()
      await mongod.start()
      await expect.poll(() => progressOf(writers)).toBeGreaterThan(before + 60)
      paused?.child.kill('SIGSTOP')
      const sealed = await log.sealed()
      // Past whatever it had reserved.
      await expect.poll(() => log.sealed()).toBeGreaterThan(sealed + 100)
      expect(progressOf(others)).toBeGreaterThan(0)
      paused?.child.kill('SIGCONT')
    }
    for (const { child } of writers) child.kill('SIGKILL')
    await Promise.all(writers.map(({ ended }) => ended))
    await expectSound(
      log,
      writers.flatMap((writer) => writer.acknowledged()),
    )
  })
})

describeWithMongod('a writer', () => {
  /** Holds up the n-th insert of whoever comes through the proxy, until it heals. */
  async function holdInsert(number: number) {
    const mongod = await mongodForTest()
    const { proxy, url } = await proxyForTest(mongod)
    const direct = newLogUrl(mongod.url)
    // Made beforehand, so that the inserts are those of events.
    await openMongodbLog(direct).identity()
    let inserts = 0
    const isMeant = (request: Buffer): boolean => sendsCommand('insert')(request) && request.includes('events') && ++inserts === number
    const held = proxy.once({ delayMs: 0 }, isMeant).then(() => proxy.halfOpen())
    return {
      proxy,
      held,
      reader: openMongodbLog(direct, { holeTimeoutMs: 100 }),
      url: direct.replace(`:${mongod.port}/`, new URL(url).host.replace(/.*(:\d+)/, '$1/')),
    }
  }

  // The first insert sees that the process may write to the log.
  test.each([
    ['between reserving and writing', 2, '1', 1],
    ['in the middle of a group, before its head', 3, '5', 3],
  ])('that is killed %s leaves nothing to be seen, and readers go on', async (_, number, count, positions) => {
    const { held, reader, url } = await holdInsert(number)
    const { child, ended, acknowledged } = startMongodbLogProcess(url, 'a', 'append', count === '5' ? '6' : '2')
    await held
    child.kill('SIGKILL')
    await ended
    const behind = anEvent()
    const [position = 0] = await reader.append([behind])
    expect(position).toBe(acknowledged().length + positions + 1)
    await expect.poll(() => reader.sealed()).toBe(position)
    expect((await contentsOf(reader)).map(({ id }) => id)).toEqual([...acknowledged().map(([id]) => id), behind.id])
  })

  test('that is held up for longer than readers wait loses its position and not its event', async () => {
    const { proxy, held, reader, url } = await holdInsert(2)
    const { ended, acknowledged } = startMongodbLogProcess(url, 'a', 'append', '2')
    await held
    const behind = anEvent()
    await reader.append([behind])
    await expect.poll(async () => (await contentsOf(reader)).map(({ id }) => id)).toEqual([behind.id])
    proxy.heal()
    await ended
    const told = acknowledged()
    // One event, then three.
    expect(told.map(([, position]) => position)).toEqual([3, 4, 5, 6])
    await expectSound(reader, told)
  })
})
