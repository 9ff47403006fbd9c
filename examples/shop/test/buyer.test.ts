import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId, systemRuntime } from '@tidings/core'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OrderPlaced } from '../src/contracts/orders.ts'
import { originOf, type ShopPlace } from '../src/demo/service-process.ts'
import { type ShopProcesses, shopProcesses } from '../src/demo/shop-processes.ts'
import type { ServiceName } from '../src/shop.ts'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'

// What the buyer of the shop sees while nothing is away: each answer is a status and a document that says more.
const started = ['customers', 'orders'] as const
let place: ShopPlace
let processes: ShopProcesses
beforeAll(async () => {
  place = { directory: await mkdtemp(join(tmpdir(), 'shop-buyer-')), firstPort: await freePorts() }
  processes = shopProcesses(place)
  for (const name of started) processes.start(name)
  await Promise.all(started.map((name) => processes.of(name).ready()))
})
afterAll(async () => {
  await processes[Symbol.asyncDispose]()
  await rm(place.directory, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown> & { readonly faults?: readonly { readonly path: string }[] }
}

async function ask(service: ServiceName, path: string, options: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${originOf(service, place)}${path}`, options)
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}

async function post(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  return await ask('orders', '/orders', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
}

function expectProblem({ headers, body, status }: Answer, code: string): void {
  expect(headers.get('content-type')).toContain('application/problem+json')
  expect(body).toMatchObject({ status, code, type: expect.stringMatching(/^urn:tidings:/), detail: expect.any(String) })
}

async function countOrders(): Promise<unknown> {
  return (await ask('orders', '/orders/summary')).body.orders
}

const order = { customerId: 'ann', quantity: 1, totalCents: 100, placedAt: '1997-01-01T00:00:00Z' }

test.each([
  [
    'each fault',
    { customerId: '', quantity: 0.5, totalCents: '1', placedAt: '1997' },
    ['customerId', 'quantity', 'totalCents', 'placedAt'],
  ],
  ['each field that is missing', { customerId: 'ann' }, ['quantity', 'totalCents', 'placedAt']],
  ['a field that no order has', { ...order, totl: 1 }, ['totl']],
  ['a list', [order], ['']],
])('a body that breaks the contract is answered 400 with the path of %s, and nothing is ordered', async (_, body, paths) => {
  const before = await countOrders()
  const answer = await post(JSON.stringify(body), { 'idempotency-key': 'wrong' })
  expect([answer.status, answer.body.faults?.map(({ path }) => path)]).toEqual([400, paths])
  expectProblem(answer, 'CONTRACT_VIOLATION')
  expect(await countOrders()).toBe(before)
})

test('a body that is no JSON, or has a key twice, is answered 400', async () => {
  for (const body of ['{', '', '{"quantity":1,"quantity":2}', "{'a':1}"]) {
    const answer = await post(body)
    expect(answer.status, body).toBe(400)
    expectProblem(answer, 'BODY_MALFORMED')
  }
})

test('a month that is none is answered 400 with its path', async () => {
  const answer = await ask('orders', '/orders/months/1997-13/customers')
  expect([answer.status, answer.body.faults?.map(({ path }) => path)]).toEqual([400, ['month']])
})

test.each(['/', '/order', '/orders/a/b', '/orders/a%2Fb/', '/openapi', '/favicon.ico'])(
  'the route %s, which nobody has, is answered 404',
  async (path) => {
    const answer = await ask('orders', path)
    expect(answer.status).toBe(404)
    expectProblem(answer, 'OPERATION_UNKNOWN')
  },
)

test.each([
  ['GET', '/orders', 'POST'],
  ['DELETE', '/orders', 'POST'],
  ['PUT', '/orders/o-1', 'GET, HEAD'],
  ['PUT', '/orders/months/1997-01/customers', 'GET, HEAD'],
  ['POST', '/openapi.json', 'GET, HEAD'],
  ['DELETE', '/ready', 'GET, HEAD'],
])('%s %s is answered 405 with the methods that there are', async (method, path, allow) => {
  const answer = await ask('orders', path, { method })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow])
  expectProblem(answer, 'METHOD_REFUSED')
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'nonsense'])(
  'an order as %s is answered 415 and told the right type',
  async (type) => {
    const answer = await post(JSON.stringify(order), { 'content-type': type })
    expect([answer.status, answer.headers.get('accept')]).toEqual([415, 'application/json'])
    expectProblem(answer, 'CONTENT_TYPE_REFUSED')
  },
)

test('a body past 1 MiB is answered 413, and the next order is taken', async () => {
  const answer = await post(JSON.stringify({ ...order, customerId: 'x'.repeat(1_048_576) }))
  expect(answer.status).toBe(413)
  expectProblem(answer, 'BODY_TOO_LARGE')
  expect((await post(JSON.stringify(order))).status).toBe(201)
})

test('an order that nobody placed is answered 404 with its id', async () => {
  const answer = await ask('orders', '/orders/nobody')
  expect(answer).toMatchObject({ status: 404, body: { reason: 'NotFound', facts: { orderId: 'nobody' } } })
  expectProblem(answer, 'OPERATION_FAILED')
})

test('every service that runs is live and ready, in JSON', async () => {
  for (const name of started) {
    expect(await ask(name, '/live')).toMatchObject({ status: 200, body: { live: true } })
    expect(await ask(name, '/ready')).toMatchObject({ status: 200, body: { ready: true, reasons: [] } })
  }
})

/** More orders than a service works off between two questions. */
async function fillLog(orders: number): Promise<void> {
  const log = sqliteEventLog({ file: join(place.directory, 'log.db') })
  for (let from = 0; from < orders; from += 1_000) {
    await log.append(
      Array.from({ length: 1_000 }, (_, i) => {
        const id = newId(systemRuntime)
        const data = JSON.stringify({ ...order, orderId: `filled-${from + i}` })
        const facts = { version: OrderPlaced.version, service: 'orders', time: '2026-11-24T12:00:00.000Z', correlationId: id }
        return { id, type: OrderPlaced.name, key: `filled-${from + i}`, headers: {}, encoding: 'json', data, ...facts }
      }),
    )
  }
  await log.close()
}

test('a service that catches up says 503 with reasons at /ready and 200 at /live, answers meanwhile, and becomes ready', async () => {
  await fillLog(2_000)
  processes.start('billing')
  const seen: Answer[] = []
  const lives = new Set<number>()
  const summaries = new Set<number>()
  await until('billing is ready', async () => {
    const answer = await ask('billing', '/ready').catch(() => undefined)
    if (answer === undefined) return false
    seen.push(answer)
    lives.add((await ask('billing', '/live')).status)
    summaries.add((await ask('billing', '/billing/summary')).status)
    return answer.status === 200
  })
  const behind = seen.filter(({ status }) => status === 503)
  expect(behind.flatMap(({ body }) => body.reasons)).toContainEqual(
    expect.stringMatching(/^billing is behind: at position [0-9,]+ of [0-9,]+/),
  )
  for (const { headers, body } of behind) {
    expect(headers.get('content-type')).toContain('application/json')
    expect(body).toMatchObject({ ready: false, reasons: expect.arrayContaining([expect.any(String)]) })
  }
  expect([...lives]).toEqual([200])
  expect([...summaries]).toEqual([200])
  expect(seen.at(-1)?.body).toMatchObject({ ready: true, reasons: [] })
})
