import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addressBook } from '../src/address-book.ts'
import { CustomerRegistered } from '../src/contracts/customers.ts'
import { originOf, type ShopPlace } from '../src/demo/service-process.ts'
import { type ShopProcesses, shopProcesses } from '../src/demo/shop-processes.ts'
import type { ServiceName } from '../src/shop.ts'
import { freePorts } from './free-ports.ts'
import { serve } from './serve.ts'
import { until } from './until.ts'

let place: ShopPlace
let processes: ShopProcesses
beforeEach(async () => {
  place = { directory: await mkdtemp(join(tmpdir(), 'shop-away-')), firstPort: await freePorts() }
  processes = shopProcesses(place)
})
afterEach(async () => {
  delete process.env.CUSTOMERS_URL
  await processes[Symbol.asyncDispose]()
  await rm(place.directory, { recursive: true, force: true })
})

async function start(...names: readonly ServiceName[]): Promise<void> {
  for (const name of names) processes.start(name)
  await Promise.all(names.map((name) => processes.of(name).ready()))
}

interface Reply {
  readonly status: number
  readonly type: string | null
  readonly retryAfter: string | null
  readonly body: { readonly orderId?: string; readonly reason?: string; readonly status?: number }
}

async function order(customerId: string, key: string): Promise<Reply> {
  const response = await fetch(`${originOf('orders', place)}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ customerId, quantity: 1, totalCents: 100, placedAt: '1997-01-01T00:00:00Z' }),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    // Every answer of these services is an object.
    body: (await response.json()) as Reply['body'],
  }
}

async function countOrders(): Promise<number> {
  const response = await fetch(`${originOf('orders', place)}/orders/summary`)
  return ((await response.json()) as { orders: number }).orders
}

/** Orders once, and resolves when the customer stands in the log: orders then knows them without asking. */
async function makeKnown(customerId: string): Promise<void> {
  expect((await order(customerId, `first of ${customerId}`)).status).toBe(201)
  const log = sqliteEventLog({ file: join(place.directory, 'log.db') })
  const registered = async (): Promise<boolean> =>
    (await log.read({ after: 0, types: [CustomerRegistered.name], limit: 10 })).events.some(({ key }) => key === customerId)
  await until(`${customerId} stands in the log`, registered)
  await log.close()
}

async function isTaken(customerId: string, key: string): Promise<void> {
  await until(`the order ${key} is taken`, async () => (await order(customerId, key)).status === 201)
  expect((await order(customerId, key)).body).toEqual((await order(customerId, key)).body)
}

const refusal = {
  status: 503,
  type: expect.stringContaining('application/problem+json'),
  retryAfter: expect.stringMatching(/^[1-9][0-9]*$/),
  body: { reason: 'CustomersUnavailable', status: 503 },
}

test('customers down: the known order on, someone new is told when to come back, and the same key later makes one order', async () => {
  await start('customers', 'orders')
  await makeKnown('ann')
  await processes.of('customers').end('SIGKILL')
  expect(await order('bob', 'b')).toMatchObject(refusal)
  await isTaken('ann', 'a')
  expect(await countOrders()).toBe(2)

  await start('customers')
  await isTaken('bob', 'b')
  expect(await countOrders()).toBe(3)
})

test('customers frozen: someone new is told so, soon without customers being asked, and all heals by itself', async () => {
  await start('customers', 'orders')
  await makeKnown('ann')
  process.kill(processes.of('customers').pid, 'SIGSTOP')
  const refused = await Promise.all(['bob', 'cid', 'dan', 'eve', 'fay'].map((name) => order(name, name)))
  for (const answer of refused) expect(answer).toMatchObject(refusal)
  // After a time-out it is 1 s. More is what an open breaker says, which asks nobody.
  const atOnce = await order('guy', 'guy')
  expect(atOnce).toMatchObject(refusal)
  expect(Number(atOnce.retryAfter)).toBeGreaterThan(1)
  await isTaken('ann', 'a')
  expect(await countOrders()).toBe(2)

  process.kill(processes.of('customers').pid, 'SIGCONT')
  for (const name of ['bob', 'guy']) await isTaken(name, name)
  expect(await countOrders()).toBe(4)
})

test('customers answering nonsense: someone new is told to come back, nothing is ordered, and the same key later makes one order', async () => {
  const nonsense: readonly (readonly [number, string])[] = [
    [200, '<html>hello</html>'],
    [200, ''],
    [200, '{"output":{"customer":4711}}'],
    [200, '{"customerId":"bob"}'],
    [502, '<html>bad gateway</html>'],
    [500, '{"error":"no"}'],
    [404, 'not found'],
  ]
  let asked = 0
  await using wrong = await serve((request, response) => {
    const [status, body] = nonsense[asked++ % nonsense.length] ?? []
    request.resume().on('end', () => response.writeHead(status ?? 500).end(body))
  })
  const takeBack = addressBook(place.directory).announce('customers', wrong.origin)
  await start('orders')
  await until('each was answered once', async () => {
    expect(await order('bob', 'b')).toMatchObject(refusal)
    return asked >= nonsense.length
  })
  expect(await countOrders()).toBe(0)

  takeBack()
  await start('customers')
  await isTaken('bob', 'b')
  expect(await countOrders()).toBe(1)
})

test('where customers is may be told by the environment', async () => {
  let asked = ''
  await using other = await serve((request, response) => {
    asked = `${request.method} ${request.url}`
    request.resume().on('end', () => response.end('{"output":{"customerId":"bob"}}'))
  })
  process.env.CUSTOMERS_URL = other.origin
  await start('orders')
  expect((await order('bob', 'b')).status).toBe(201)
  expect(asked).toBe('POST /customers/register')
})
