import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePorts } from './free-ports.ts'
import { type DemoRun, isAlive, runDemo } from './run-demo.ts'
import { smallFile } from './small-file.ts'
import { until } from './until.ts'

const server = inject('mongodbUrl')
const timeout = 180_000

// All of them use the databases that a demo uses, on the server that the whole run shares: one after the other.
describe.skipIf(server === undefined)('the demo on MongoDB', () => {
  const url = server ?? ''
  let client: MongoClient
  let directory: string
  let file: string
  beforeAll(async () => {
    client = await new MongoClient(url).connect()
    directory = await mkdtemp(join(tmpdir(), 'shop-demo-on-mongodb-'))
    file = join(directory, 'purchases.csv')
    await writeFile(file, smallFile(140))
  })
  afterAll(async () => {
    for (const name of await shopDatabases()) await client.db(name).dropDatabase()
    await client.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function shopDatabases(): Promise<string[]> {
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true })
    return databases
      .map(({ name }) => name)
      .filter((name) => name.startsWith('shop_'))
      .sort()
  }

  async function play(...args: readonly string[]): Promise<DemoRun & { readonly code: number | null }> {
    const run = runDemo(directory, ['--file', file, '--first-port', String(await freePorts()), ...args], { DATABASE_URL: url })
    return { ...run, code: await run.ended }
  }

  const everything = ['--event-store', url, '--database', 'mongodb']

  test('log and databases on MongoDB: the same story with the same sums', { timeout }, async () => {
    const run = await play(...everything)
    expect(run.code, run.text()).toBe(0)
    expect(run.text()).toMatch(/│ billing missed [\d,]+ events/)
    expect(run.text()).toContain('140 orders, 140 invoices, 29,190 cents')
    expect(run.text()).toMatch(/^ +317 {2}events in the log/m)
    expect(run.servicePids().length).toBe(4)
    expect(run.servicePids().filter(isAlive)).toEqual([])
    expect(await shopDatabases()).toEqual(['shop_billing', 'shop_customers', 'shop_log', 'shop_orders'])
    expect(await client.db('shop_billing').collection('invoices').countDocuments()).toBe(140)
    expect(await readdir(join(directory, '.tidings'))).toEqual([])
  })

  test('a log on MongoDB serves services whose databases are files, in the database that the URL names', { timeout }, async () => {
    const own = new URL(url)
    own.pathname = '/shop_of_its_own'
    const run = await play('--event-store', own.href)
    expect(run.code, run.text()).toBe(0)
    expect(run.text()).toContain('shop_of_its_own, until the next demo empties it')
    expect(run.text()).toContain('nothing lost, nothing twice')
    expect(await client.db('shop_of_its_own').collection('events').countDocuments()).toBeGreaterThanOrEqual(317)
  })

  test('a demo begins anew where an earlier one was, and one cent changed in a database ends it with 1 and names customer and month', {
    timeout,
  }, async () => {
    const script = fileURLToPath(new URL('../scripts/change-a-cent.ts', import.meta.url))
    const run = await play(...everything, '--before-compare', `"${process.execPath}" "${script}"`)
    expect(run.code, run.text()).toBe(1)
    expect(run.text()).toMatch(/^ +3 differences in/m)
    expect(run.text()).toMatch(/✗ billing: customer 0\d+ in 1997-0\d: .* cents; the file says .* cents/)
    await rm(join(directory, '.tidings'), { recursive: true })
  })

  test('a database that holds what no demo made is named, and nothing is changed or started', async () => {
    await client.db('shop_orders').dropDatabase()
    await client.db('shop_orders').collection<{ _id: string }>('orders').insertOne({ _id: 'mine' })
    await client.db('shop_billing').collection<{ _id: string }>('invoices').insertOne({ _id: 'kept' })
    const run = await play('--database', 'mongodb')
    expect(run.code).toBe(1)
    expect(run.text()).toMatch(/error: shop_orders on MongoDB at .*: not empty, and not made by a demo\. Nothing there was changed\./)
    expect(run.servicePids()).toEqual([])
    expect(await client.db('shop_orders').collection<{ _id: string }>('orders').countDocuments({ _id: 'mine' })).toBe(1)
    expect(await client.db('shop_billing').collection<{ _id: string }>('invoices').countDocuments({ _id: 'kept' })).toBe(1)
    await client.db('shop_orders').dropDatabase()
  })

  test.each([
    [['--event-store', 'http://user:secret@127.0.0.1/shop'], 'The event store (--event-store, EVENT_STORE_URL) cannot be defined'],
    [['--event-store', `${url}&w=1`], 'w=1, which loses events'],
    [['--database', 'postgres'], 'Allowed choices are sqlite, mongodb'],
  ])('%j is refused with a reason', async (args, message) => {
    const run = await play(...args)
    expect(run.code).toBe(1)
    expect(run.text()).toContain(message)
    expect(run.text()).not.toContain('secret')
  })
})

test('--database mongodb without DATABASE_URL says what to set', async () => {
  const run = runDemo(tmpdir(), ['--database', 'mongodb'], { DATABASE_URL: '' })
  expect(await run.ended).toBe(1)
  expect(run.text()).toContain('DATABASE_URL=mongodb://')
})

test('a demo that waits for its server can be stopped at once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shop-demo-waits-'))
  const firstPort = await freePorts()
  // Nobody listens at the port of a service that was not started.
  const run = runDemo(directory, ['--first-port', String(firstPort), '--event-store', `mongodb://127.0.0.1:${firstPort}/shop`])
  await until('the demo waits', () => run.text().includes('waiting for MongoDB at'))
  run.child.kill('SIGINT')
  expect(await run.ended, run.text()).toBe(130)
  await rm(directory, { recursive: true })
})
