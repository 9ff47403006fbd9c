import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addressBook } from '../src/address-book.ts'
import { originOf, type ShopPlace } from '../src/demo/service-process.ts'
import { type ShopProcesses, shopProcesses } from '../src/demo/shop-processes.ts'
import { portOf, type ServiceName, serviceNames } from '../src/shop.ts'
import { freePorts } from './free-ports.ts'
import { serve } from './serve.ts'
import { until } from './until.ts'

let place: ShopPlace
let processes: ShopProcesses
beforeEach(async () => {
  place = { directory: await mkdtemp(join(tmpdir(), 'shop-services-')), firstPort: await freePorts() }
  processes = shopProcesses(place)
})
afterEach(async () => {
  await processes[Symbol.asyncDispose]()
  await rm(place.directory, { recursive: true, force: true })
})

async function start(...names: readonly ServiceName[]): Promise<void> {
  for (const name of names) processes.start(name)
  await Promise.all(names.map((name) => processes.of(name).ready()))
}

async function get(service: ServiceName, path: string): Promise<{ status: number; type: string | null; body: unknown }> {
  const response = await fetch(`${originOf(service, place)}${path}`)
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  }
}

async function post(order: object, idempotencyKey?: string): Promise<{ status: number; body: { orderId?: string; code?: string } }> {
  const response = await fetch(`${originOf('orders', place)}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }) },
    body: JSON.stringify(order),
  })
  // Every answer of these services is an object.
  return { status: response.status, body: (await response.json()) as { orderId?: string; code?: string } }
}

const order = { customerId: '00004', quantity: 2, totalCents: 2_933, placedAt: '1997-01-31T23:30:00-02:00' }

test('an order becomes an invoice and revenue of its month in UTC', async () => {
  await start(...serviceNames)
  const { status, body } = await post(order, 'a')
  expect(status).toBe(201)
  expect(body).toEqual({ orderId: expect.any(String) })
  expect(await get('orders', `/orders/${body.orderId}`)).toMatchObject({ status: 200, body: { orderId: body.orderId, ...order } })

  await until(
    'the invoice has reached insights',
    async () => JSON.stringify((await get('insights', '/insights/summary')).body) === '{"orders":1,"invoices":1}',
  )
  expect((await get('billing', '/billing/summary')).body).toEqual({ invoices: 1, totalCents: 2_933, customers: 1 })
  expect((await get('insights', '/insights/months')).body).toEqual([{ month: '1997-02', orders: 1, totalCents: 2_933 }])
  expect((await get('customers', '/customers/summary')).body).toEqual({ customers: 1 })
})

test('one idempotency key sent many times, also at once, makes one order and always gets the same answer', async () => {
  await start('customers', 'orders')
  const answers = [...(await Promise.all(Array.from({ length: 8 }, () => post(order, 'k')))), await post(order, 'k')]
  // While the first is being carried out, the others may be told to come again.
  const taken = answers.filter((answer) => answer.status === 201)
  expect(new Set(taken.map((answer) => answer.body.orderId)).size).toBe(1)
  expect(answers.at(-1)?.status).toBe(201)
  expect((await get('orders', '/orders/summary')).body).toMatchObject({ orders: 1, totalCents: 2_933 })
})

test('a key that comes with another order is refused and nothing is ordered', async () => {
  await start('customers', 'orders')
  expect((await post(order, 'k')).status).toBe(201)
  const second = await post({ ...order, totalCents: 1 }, 'k')
  expect(second.status).toBeGreaterThanOrEqual(400)
  expect(second.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })
  expect((await get('orders', '/orders/summary')).body).toMatchObject({ orders: 1 })
})

test('without a key every request is an order of its own', async () => {
  await start('customers', 'orders')
  expect((await post(order)).body.orderId).not.toBe((await post(order)).body.orderId)
})

test('an order that nobody placed is a 404 that says so', async () => {
  await start('orders')
  expect(await get('orders', '/orders/nobody')).toMatchObject({ status: 404, type: expect.stringContaining('application/problem+json') })
})

test('an order that breaks the contract is refused, nothing is ordered, and the service goes on', async () => {
  await start('customers', 'orders')
  const wrongs = {
    'a negative amount': { ...order, totalCents: -1 },
    'a part of a cent': { ...order, totalCents: 0.5 },
    'no pieces': { ...order, quantity: 0 },
    'a day without a time': { ...order, placedAt: '1997-01-31' },
    'an amount as text': { ...order, totalCents: '1' },
    'no customer': { ...order, customerId: '' },
    'an unknown field': { ...order, total: 1 },
  }
  for (const [what, wrong] of Object.entries(wrongs)) expect((await post(wrong, 'k')).status, what).toBe(400)
  expect((await get('orders', '/orders/summary')).body).toMatchObject({ orders: 0 })
  expect((await post({ ...order, totalCents: 0 }, 'k')).status).toBe(201)
})

test('an order of a new customer waits for customers, and is taken under its key once customers is there', async () => {
  await start('orders')
  expect(await post(order, 'k')).toMatchObject({
    status: 503,
    body: { reason: 'CustomersUnavailable', facts: { service: 'customers', retryAfterMs: expect.any(Number) } },
  })
  await start('customers')
  await until('the order is taken', async () => (await post(order, 'k')).status === 201)
  expect((await get('orders', '/orders/summary')).body).toMatchObject({ orders: 1 })
})

function isReady(name: ServiceName): Promise<boolean> {
  return get(name, '/ready').then(
    ({ status }) => status === 200,
    () => false,
  )
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

function runMain(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<{ code: number | null; text: string }> } {
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    cwd: place.directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  return { child, ended: once(child, 'close').then(([code]) => ({ code, text })) }
}

test.each([
  [['shipping'], {}, 'The shop has no service "shipping". Give one of customers, orders, billing, insights'],
  [[], {}, 'Which service is to run? Give one of customers, orders, billing, insights'],
  [['orders'], { PORT: 'http' }, '"http" is no port. Give a whole number from 1 to 65535 with --port or PORT.'],
])('pnpm shop %j is refused with a reason', async (args, env, message) => {
  const { code, text } = await runMain(args, env).ended
  expect(code).toBe(1)
  expect(text).toContain(message)
})

test('a port that is taken is named, with who has it and how to choose another, and nobody is sent there', async () => {
  await start('orders')
  const port = place.firstPort + 1
  const { code, text } = await runMain(['insights'], { PORT: String(port), SHOP_DIR: place.directory }).ended
  expect(code).toBe(1)
  expect(text).toContain(`error: Port ${port} is taken by orders of a shop that runs already.`)
  expect(text).toContain(`npx -y pnpm@12 shop insights --port ${port + 100}`)
  expect(() => addressBook(place.directory).locate('insights')).toThrow(/has not been started/)
})

test('a port that another program has is told apart from one of a shop', async () => {
  await using other = await serve((_, response) => response.writeHead(404).end())
  const port = new URL(other.origin).port
  const { code, text } = await runMain(['insights'], { PORT: port, SHOP_DIR: place.directory }).ended
  expect(code).toBe(1)
  expect(text).toContain(`error: Port ${port} is taken by another program (lsof -i :${port} names it).`)
})

test('a signal that a package manager passes on twice is a clean stop', async () => {
  const { child, ended } = runMain(['customers'], { PORT: String(place.firstPort), SHOP_DIR: place.directory })
  await until('customers is live', () => isReady('customers'))
  child.kill('SIGINT')
  child.kill('SIGINT')
  expect((await ended).code).toBe(0)
})

test('a second signal, a second or more after the first, ends a service that waits for another', async () => {
  let asked = false
  await using silent = await serve(() => {
    asked = true
  })
  addressBook(place.directory).announce('customers', silent.origin)
  const { child, ended } = runMain(['orders'], { PORT: String(place.firstPort + 1), SHOP_DIR: place.directory })
  await until('orders is ready', () => isReady('orders'))

  const answer = post(order).catch(() => undefined)
  await until('orders has asked customers', () => asked)
  child.kill('SIGTERM')
  const again = setInterval(() => child.kill('SIGTERM'), 1_500)
  expect((await ended).code).toBe(1)
  clearInterval(again)
  expect(await answer).toBeUndefined()
})

test.each(serviceNames)('%s runs alone, is live and ready, and ends with 0 on SIGTERM', async (name) => {
  const { child, ended } = runMain([name], { PORT: String(portOf(name, place.firstPort)), SHOP_DIR: place.directory })
  await until(`${name} is ready`, () => isReady(name))
  expect((await get(name, '/live')).status).toBe(200)
  child.kill('SIGTERM')
  expect((await ended).code).toBe(0)
})
