import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { MongoMemoryReplSet } from 'mongodb-memory-server-core'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { originOf, type ShopPlace } from '../src/demo/service-process.ts'
import { type ShopProcesses, shopProcesses } from '../src/demo/shop-processes.ts'
import type { ServiceName } from '../src/shop.ts'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'

// Several processes that wait for each other: a busy machine may take its time.
const timeout = 180_000

// A server of their own: the names of the services' databases are the same for every shop on one server.
describe.skipIf(inject('mongodbUrl') === undefined)('services on MongoDB', () => {
  let server: MongoMemoryReplSet
  let client: MongoClient
  beforeAll(async () => {
    server = await startServer()
    client = await new MongoClient(server.getUri()).connect()
  })
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  async function newPlace(): Promise<ShopPlace> {
    const directory = await mkdtemp(join(tmpdir(), 'shop-on-mongodb-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    return { directory, firstPort: await freePorts() }
  }

  test('with the log on MongoDB, billing on MongoDB and the others on files, an order becomes revenue', { timeout }, async () => {
    const place = { ...(await newPlace()), eventStoreUrl: server.getUri('shop') }
    await using onFiles = shopProcesses(place)
    await using onMongodb = shopProcesses({ ...place, databaseUrl: server.getUri() })
    await start(onFiles, 'customers', 'orders', 'insights')
    await start(onMongodb, 'billing')
    expect(await order(place)).toBe(201)
    await until('the invoice has reached insights', async () => {
      const { invoices } = await ask(place, 'insights', '/insights/summary')
      return invoices === 1
    })
    expect(await ask(place, 'billing', '/billing/summary')).toEqual({ invoices: 1, totalCents: 2_933, customers: 1 })
    expect(await client.db('shop_billing').collection('invoices').countDocuments()).toBe(1)
    expect(await client.db('shop_orders').listCollections().toArray()).toEqual([])
    expect(
      await client
        .db('shop')
        .collection('events')
        .countDocuments({ type: { $exists: true } }),
    ).toBe(3)
  })

  test('services that were started while the server was away work once it is there', { timeout }, async () => {
    const place = await newPlace()
    const port = place.firstPort + 3
    const url = `mongodb://127.0.0.1:${port}/?directConnection=true`
    await using processes = shopProcesses({ ...place, eventStoreUrl: url, databaseUrl: url })
    for (const name of ['customers', 'orders'] as const) {
      const lines: string[] = []
      processes.start(name).onLine((line) => lines.push(line))
      await until(`${name} waits`, () => lines.some((line) => /127\.0\.0\.1:\d+\/shop_\w+ is not there yet/.test(line)))
    }
    const late = await startServer(port)
    onTestFinished(async () => void (await late.stop()))
    for (const name of ['customers', 'orders'] as const) await processes.of(name).ready()
    expect(await order(place)).toBe(201)
    expect(await ask(place, 'orders', '/orders/summary')).toEqual({ orders: 1, totalCents: 2_933, customers: 1 })
    expect(await ask(place, 'customers', '/customers/summary')).toEqual({ customers: 1 })
  })
})

function startServer(port?: number): Promise<MongoMemoryReplSet> {
  return MongoMemoryReplSet.create({
    instanceOpts: port === undefined ? [] : [{ port }],
    replSet: { count: 1, storageEngine: 'wiredTiger' },
  })
}

async function start(processes: ShopProcesses, ...names: readonly ServiceName[]): Promise<void> {
  await Promise.all(names.map((name) => processes.start(name).ready()))
}

async function order(place: ShopPlace): Promise<number> {
  const { status } = await fetch(`${originOf('orders', place)}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customerId: '00004', quantity: 2, totalCents: 2_933, placedAt: '1997-01-31T12:00:00Z' }),
  })
  return status
}

async function ask(place: ShopPlace, service: ServiceName, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${originOf(service, place)}${path}`)
  // Every answer asked for here is an object.
  return (await response.json()) as Record<string, unknown>
}
