import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Collection, MongoClient, type MongoClientOptions } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { clearFailPoint, setFailPoint } from '../src/faults/fail-point.ts'
import { sendsCommand } from '../src/faults/proxy-plan.ts'
import { describeWithMongod, mongodForTest, proxyForTest } from './mongod.ts'

/** A client that repeats nothing, so that what happens is what is seen. */
function connect(url: string, options: MongoClientOptions = {}): MongoClient {
  const client = new MongoClient(url, { retryWrites: false, retryReads: false, serverSelectionTimeoutMS: 2_000, ...options })
  onTestFinished(() => client.close())
  return client
}

const lampsOf = (client: MongoClient): Collection => client.db('shop').collection('lamps')

describeWithMongod('a server of the test', () => {
  test('has what it acknowledged after it was killed and started again', async () => {
    const mongod = await mongodForTest()
    await lampsOf(connect(mongod.url)).insertOne({ name: 'lamp' }, { writeConcern: { w: 'majority', journal: true } })
    await mongod.kill()
    await expect(connect(mongod.url).connect()).rejects.toThrow()
    await mongod.start()
    expect(await lampsOf(connect(mongod.url)).countDocuments()).toBe(1)
  })

  test('answers nothing while frozen, and goes on afterwards', async () => {
    const mongod = await mongodForTest()
    const client = connect(mongod.url, { socketTimeoutMS: 300 })
    await lampsOf(client).insertOne({ name: 'lamp' })
    await mongod.freeze()
    await expect(lampsOf(client).countDocuments()).rejects.toThrow()
    mongod.thaw()
    expect(await lampsOf(connect(mongod.url)).countDocuments()).toBe(1)
  })

  test('ends with the process that started it, when that is killed too', async () => {
    const child = spawn(process.execPath, ['--conditions=source', fileURLToPath(new URL('mongod-process.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = await once(createInterface(child.stdout), 'line')
    child.kill('SIGKILL')
    await expect
      .poll(() =>
        connect(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: 200 })
          .connect()
          .then(
            () => 'there',
            () => 'gone',
          ),
      )
      .toBe('gone')
  })

  test('fails commands as it is told to', async () => {
    const mongod = await mongodForTest()
    const client = connect(mongod.url)
    await setFailPoint(client, { commands: ['insert'], errorCode: 10107, times: 2 })
    const insert = (): Promise<unknown> => lampsOf(client).insertOne({ name: 'lamp' })
    await expect(insert()).rejects.toMatchObject({ code: 10107 })
    await expect.poll(insert).toBeDefined()
    await setFailPoint(client, { commands: ['insert'], writeConcernErrorCode: 64, times: 'alwaysOn' })
    await expect(insert()).rejects.toMatchObject({ code: 64 })
    await clearFailPoint(client)
    await insert()
  })
})

describeWithMongod('a proxy before a server', () => {
  test.each(['lose-answer', 'withhold-answer'] as const)('%s: the write is done, and its writer never learns it', async (fault) => {
    const mongod = await mongodForTest()
    const { proxy, url } = await proxyForTest(mongod)
    const client = connect(url, { socketTimeoutMS: 500 })
    await client.connect()
    const happened = proxy.once(fault, sendsCommand('insert'))
    await expect(lampsOf(client).insertOne({ name: 'lamp' })).rejects.toThrow()
    await happened
    await expect.poll(() => lampsOf(connect(mongod.url)).countDocuments()).toBe(1)
  })

  test('cut: the write is not done', async () => {
    const mongod = await mongodForTest()
    const { proxy, url } = await proxyForTest(mongod)
    const client = connect(url)
    await client.connect()
    void proxy.once('cut', sendsCommand('insert'))
    await expect(lampsOf(client).insertOne({ name: 'lamp' })).rejects.toThrow()
    expect(await lampsOf(connect(mongod.url)).countDocuments()).toBe(0)
  })

  test('delays keep the order, and cutting everything leaves the way open for new connections', async () => {
    const { proxy, url } = await proxyForTest(await mongodForTest())
    const client = connect(url)
    proxy.byChance({ seed: 1, probability: 0.5, faults: [{ delayMs: 5 }] })
    for (let number = 0; number < 20; number++) await lampsOf(client).insertOne({ number })
    proxy.heal()
    proxy.cutAll()
    await expect
      .poll(() =>
        lampsOf(client)
          .countDocuments()
          .catch(() => 'cut'),
      )
      .toBe(20)
  })

  test('half-open: connections are taken and nothing is answered, until it heals', async () => {
    const { proxy, url } = await proxyForTest(await mongodForTest())
    const client = connect(url, { socketTimeoutMS: 300 })
    await lampsOf(client).insertOne({ name: 'lamp' })
    proxy.halfOpen()
    await expect(lampsOf(client).countDocuments()).rejects.toThrow()
    await expect(connect(url, { serverSelectionTimeoutMS: 300 }).connect()).rejects.toThrow()
    proxy.heal()
    await expect
      .poll(() =>
        lampsOf(client)
          .countDocuments()
          .catch(() => 'no answer'),
      )
      .toBe(1)
  })
})
