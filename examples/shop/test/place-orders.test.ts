import { expect, test } from 'vitest'
import { placeOrders } from '../src/demo/place-orders.ts'
import { serve } from './serve.ts'

const purchases = Array.from({ length: 40 }, (_, index) => ({
  row: index + 1,
  date: '1997-01-01',
  customerId: `c${index % 7}`,
  quantity: 1,
  totalCents: index,
}))

test('an order that met a reset connection or a service that is away is sent again under the same key, and each is taken once', async () => {
  const taken = new Map<string, string>()
  const bodies = new Map<string, string>()
  const attempts = new Map<string, number>()
  await using server = await serve(async (request, response) => {
    const key = String(request.headers['idempotency-key'])
    let body = ''
    for await (const chunk of request) body += chunk
    expect(bodies.get(key) ?? body).toBe(body)
    bodies.set(key, body)
    const attempt = (attempts.get(key) ?? 0) + 1
    attempts.set(key, attempt)
    if (attempt === 1) return void request.socket.destroy()
    if (attempt === 2) return void response.writeHead(503).end('{}')
    taken.set(key, body)
    response.writeHead(201).end('{}')
  })

  let told = 0
  const { orders, repeats } = await placeOrders(purchases, {
    origin: server.origin,
    inFlight: 8,
    onPlaced: (placed) => {
      told = placed
    },
  })
  expect(orders).toBe(40)
  expect(told).toBe(40)
  expect(taken.size).toBe(40)
  expect(repeats).toBe(80)
  expect([...taken.values()].map((body) => JSON.parse(body).totalCents).sort((a, b) => a - b)).toEqual(
    purchases.map((purchase) => purchase.totalCents),
  )
})

test('never more orders are on their way than allowed', async () => {
  let now = 0
  let most = 0
  await using server = await serve((request, response) => {
    most = Math.max(most, ++now)
    request.resume().on('end', () =>
      setImmediate(() => {
        now--
        response.writeHead(201).end('{}')
      }),
    )
  })
  await placeOrders(purchases, { origin: server.origin, inFlight: 5, onPlaced: () => {} })
  expect(most).toBeLessThanOrEqual(5)
})

test('an order that is refused for good ends the placing and is named by its line', async () => {
  await using server = await serve(
    (request, response) => void request.resume().on('end', () => response.writeHead(400).end('{"code":"CONTRACT_VIOLATION"}')),
  )
  await expect(placeOrders(purchases.slice(0, 1), { origin: server.origin, onPlaced: () => {} })).rejects.toThrow(
    /The order of row 1 was refused\. POST \/orders answered 400: {"code":"CONTRACT_VIOLATION"}/,
  )
})

test('an order that nobody takes in time ends the placing and says why', async () => {
  await using server = await serve((request, response) => void request.resume().on('end', () => response.writeHead(503).end('away')))
  await expect(placeOrders(purchases.slice(0, 1), { origin: server.origin, patienceMs: 1, onPlaced: () => {} })).rejects.toThrow(
    /row 1 was not taken in 0.001 s: POST \/orders answered 503: away/,
  )
})

test('placing ends when it is told to', async () => {
  const controller = new AbortController()
  await using server = await serve(() => controller.abort())
  await expect(placeOrders(purchases, { origin: server.origin, signal: controller.signal, onPlaced: () => {} })).rejects.toThrow(/abort/i)
})
