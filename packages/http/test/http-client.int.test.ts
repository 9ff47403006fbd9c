import { createServer, type Server, type Socket } from 'node:net'
import {
  createClient,
  defineContract,
  isFailure,
  type OperationRequest,
  type RequestClient,
  RequestFailed,
  RequestTimedOut,
  type ServedSystem,
  ServiceUnavailable,
} from '@tidings/core'
import { afterEach, expect, test } from 'vitest'
import { type HttpClientOptions, httpClient, httpServer, locateByDns, ServiceNotLocated } from '../src/index.ts'
import { orders, servedShop } from './served-shop.ts'

const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function connected(shop = servedShop()) {
  const server = httpServer({ port: 0 })
  await server.start(shop.system)
  cleanups.push(() => server.stop())
  const client = clientTo(server.url ?? expect.fail('it does not listen'))
  return { ...shop, server, client, call: createClient(orders, client.send) }
}

function clientTo(url: string, options: Partial<HttpClientOptions> = {}): RequestClient {
  const client = httpClient({ locate: { orders: url }, ...options })
  cleanups.push(() => client.close())
  return client
}

/** A server that is none of ours: it does with a connection what the test says. */
async function stranger(treat: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    treat(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(resolve)
      }),
  )
  const address = server.address()
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : expect.fail('it does not listen')
}

const answering = (status: string, body: string) =>
  stranger((socket) =>
    socket.on('data', () =>
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`),
    ),
  )

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it resolved'),
    (error: unknown) => error,
  )
}

const request: OperationRequest = { service: 'orders', operation: 'getOrder', input: { orderId: 'o1' }, timeoutMs: 2_000 }

test('a call over HTTP gives the output, and the callee gets all of the request', async () => {
  const { client, asked } = await connected()
  const full = {
    ...request,
    idempotencyKey: 'ключ %',
    correlationId: 'corr é',
    causationId: 'cause',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  }
  expect(await client.send(full)).toEqual({ ok: true, output: { orderId: 'o1' } })
  expect(asked).toEqual([{ ...full, timeoutMs: expect.any(Number), address: '127.0.0.1' }])
  expect(asked[0]?.timeoutMs).toBeLessThanOrEqual(2_000)
})

test('who is calling is not sent, for nothing could prove it', async () => {
  const { client, asked } = await connected()
  await client.send({ ...request, principal: 'service:billing' })
  expect(asked[0]?.principal).toBeUndefined()
})

test('an error of the contract arrives typed over HTTP', async () => {
  const { call } = await connected()
  const error = await rejection(call.placeOrder({ customerId: 'nobody', totalCents: 1 }))
  expect(isFailure(error, orders, 'placeOrder', 'UnknownCustomer') && error.detail).toEqual({ customerId: 'nobody' })
})

test.each([
  [
    'an input that breaks its contract',
    { customerId: 'c', totalCents: -1 },
    { code: 'CONTRACT_VIOLATION', faults: [{ path: 'totalCents' }] },
  ],
  ['an overload', { customerId: 'busy', totalCents: 1 }, { code: 'REQUEST_FAILED', remoteCode: 'STORE_OVERLOADED', retryable: true }],
  ['a handler that throws', { customerId: 'broken', totalCents: 1 }, { code: 'REQUEST_FAILED', remoteCode: 'INTERNAL', retryable: false }],
  [
    'an output that breaks its contract',
    { customerId: 'invalid', totalCents: 1 },
    { code: 'REQUEST_FAILED', remoteCode: 'OUTPUT_INVALID' },
  ],
])('%s fails in process and over HTTP with the same error', async (_, input, expected) => {
  const { call, system } = await connected()
  const inProcess = createClient(orders, (asked, signal) => system.answer(asked, signal))
  const remote = await rejection(call.placeOrder(input))
  const local = await rejection(inProcess.placeOrder(input))
  expect(remote).toMatchObject(expected)
  expect({ ...(remote as object), text: String(remote) }).toEqual({ ...(local as object), text: String(local) })
})

test('an operation that the other end does not have is told as such', async () => {
  const { client, call } = await connected()
  expect(await client.send({ ...request, operation: 'getOrders' })).toMatchObject({ ok: false, error: { code: 'OPERATION_UNKNOWN' } })
  expect(await client.send({ ...request, operation: '../live' })).toMatchObject({ ok: false, error: { code: 'OPERATION_UNKNOWN' } })
  expect(await call.count({})).toBe('many')
})

test('a call that takes too long ends in time, and the callee is told', async () => {
  const { call, signals } = await connected()
  const error = await rejection(call.wait({ forMs: 60_000 }, { timeoutMs: 150 }))
  expect(error).toBeInstanceOf(RequestTimedOut)
  while (signals[0]?.aborted !== true) await new Promise((resolve) => setImmediate(resolve))
})

test('a call whose signal is aborted ends with the reason of the signal', async () => {
  const { call, asked } = await connected()
  const caller = new AbortController()
  const calling = rejection(call.wait({ forMs: 60_000 }, { signal: caller.signal, timeoutMs: 60_000 }))
  while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
  caller.abort(new Error('gone'))
  expect(await calling).toMatchObject({ message: 'gone' })
})

test('a service that nothing listens for is unavailable', async () => {
  const url = await stranger(() => undefined)
  await cleanups.pop()?.()
  const error = await rejection(clientTo(url).send(request))
  expect(error).toBeInstanceOf(ServiceUnavailable)
  expect(error).toMatchObject({ service: 'orders', retryAfterMs: 1_000 })
})

test('a host that nobody knows is unavailable', async () => {
  expect(await rejection(clientTo('http://orders.invalid:1').send(request))).toBeInstanceOf(ServiceUnavailable)
})

test('a server that stops is unavailable, and nothing was carried out', async () => {
  const { server, client, call } = await connected()
  await call.count({})
  await server.stop()
  expect(await rejection(client.send(request))).toBeInstanceOf(ServiceUnavailable)
})

test('a service without an address is told with what to configure', async () => {
  const error = await rejection(clientTo('http://127.0.0.1:1').send({ ...request, service: 'billing' }))
  expect(error).toBeInstanceOf(ServiceNotLocated)
  expect(String(error)).toContain('locate')
  expect(await rejection(clientTo('', { locate: () => undefined }).send(request))).toBeInstanceOf(ServiceNotLocated)
  expect(await rejection(clientTo('', { locate: () => 'nowhere' }).send(request))).toBeInstanceOf(ServiceNotLocated)
  expect(await rejection(clientTo('http://127.0.0.1:1').send({ ...request, service: 'constructor' }))).toBeInstanceOf(ServiceNotLocated)
})

test('a service is found where the environment says, if nothing else says where', async () => {
  const { server } = await connected()
  process.env.ORDERS_URL = server.url
  cleanups.push(async () => delete process.env.ORDERS_URL)
  const client = httpClient()
  cleanups.push(() => client.close())
  expect(await client.send(request)).toMatchObject({ ok: true })
})

test('a service that comes back at another address is found again', async () => {
  const first = await connected()
  let url = first.server.url
  const client = clientTo('', { locate: async () => url })
  const calls = createClient(orders, client.send)
  expect(await calls.count({})).toBe('many')
  const second = await connected()
  await first.server.stop()
  await expect(client.send(request)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  url = second.server.url
  expect(await calls.count({})).toBe('many')
  expect(second.asked).toHaveLength(1)
})

test('a query that meets a connection of before the service was started anew finds it again', async () => {
  const { server, call, system } = await connected()
  const port = Number(new URL(server.url ?? '').port)
  await call.count({})
  await server.stop()
  const again = httpServer({ port })
  await again.start(system)
  cleanups.push(() => again.stop())
  expect(await call.count({})).toBe('many')
})

test('a service is found by its name, by whatever resolves names on this machine', async () => {
  // The one name that every machine resolves.
  const localhost = defineContract('localhost', { operations: orders.operations })
  const shop = servedShop()
  const system: ServedSystem = {
    ...shop.system,
    contracts: [localhost],
    answer: (asked, signal) => shop.system.answer({ ...asked, service: 'orders' }, signal),
  }
  const server = httpServer({ port: 0 })
  await server.start(system)
  const port = Number(new URL(server.url ?? '').port)
  const client = clientTo('', { locate: locateByDns({ port }) })
  const call = createClient(localhost, client.send)
  expect(await call.count({})).toBe('many')
  await server.stop()
  const again = httpServer({ port })
  await again.start(system)
  cleanups.push(() => again.stop())
  expect(await call.count({})).toBe('many')
})

test('a connection on which no answer came is not used again, so whoever has the address now is found', async () => {
  let connections = 0
  const url = await stranger((socket) => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"output":"many"}'
    // The first one is frozen: it takes what comes and says nothing.
    const isFrozen = connections++ === 0
    socket.on('data', () => isFrozen || socket.write(answer))
  })
  const client = clientTo(url)
  const count = { ...request, operation: 'count', input: {} }
  await expect(client.send({ ...count, timeoutMs: 100 })).rejects.toBeInstanceOf(RequestTimedOut)
  expect(await client.send(count)).toEqual({ ok: true, output: 'many' })
  expect(connections).toBe(2)
})

test('a service that never answers holds a bounded number of connections, and others are reached meanwhile', async () => {
  let open = 0
  let most = 0
  const frozen = await stranger((socket) => {
    most = Math.max(most, ++open)
    socket.on('close', () => open--).resume()
  })
  const { server } = await connected()
  const client = clientTo('', { locate: { frozen, orders: server.url ?? '' }, connections: 8 })
  const leaving = new AbortController()
  const calls = Array.from({ length: 500 }, () =>
    client.send({ ...request, service: 'frozen', timeoutMs: 60_000 }, leaving.signal).catch(() => 'given up'),
  )
  await expect.poll(() => most).toBe(8)
  expect(await client.send(request)).toMatchObject({ ok: true })
  expect(most).toBe(8)
  leaving.abort(new Error('gone'))
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['given up']))
  await expect.poll(() => open).toBe(0)
})

test('an address with a path is kept before that of each request', async () => {
  let line = ''
  const url = await stranger((socket) =>
    socket.on('data', (chunk) => {
      line = String(chunk).split('\r\n')[0] ?? ''
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{"output":{}}')
    }),
  )
  await clientTo(`${url}/behind/proxy/`).send(request)
  expect(line).toBe('POST /behind/proxy/orders/getOrder HTTP/1.1')
})

test.each(['orders', 'ftp://orders:1', 'http://user:secret@orders:1', 'http://orders:1?x', ''])(
  'the address "%s" is refused when the client is made, without showing it',
  (url) => {
    const making = (): unknown => httpClient({ locate: { orders: url } })
    expect(making).toThrow(/address of orders/)
    expect(making).not.toThrow(/secret/)
  },
)

test('faulty options are refused together', () => {
  expect(() => httpClient({ locate: {}, connections: 0, maxAnswerBytes: Number.NaN })).toThrow(/connections, maxAnswerBytes/)
})

test.each([
  ['before it answers', (socket: Socket) => socket.on('data', () => socket.destroy())],
  ['with a reset', (socket: Socket) => socket.on('data', () => socket.resetAndDestroy())],
  [
    'in the middle of its answer',
    (socket: Socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"out')),
  ],
])('a connection that breaks %s leaves the outcome open', async (_, treat) => {
  const error = await rejection(clientTo(await stranger(treat)).send(request))
  expect(error).toBeInstanceOf(RequestFailed)
  expect(error).toMatchObject({ remoteCode: 'CONNECTION_LOST', retryable: true })
})

test.each([
  ['200 OK', 'hello'],
  ['200 OK', '{}'],
  ['200 OK', ''],
  ['404 Not Found', '<html>'],
  ['302 Found', '{"output":1}'],
  ['422 Unprocessable', '{"error":{"code":"OPERATION_FAILED"}}'],
  ['422 Unprocessable', '{"error":{"code":"X","message":"m","retryable":false,"faults":[1]}}'],
])('an answer %s with %s is no answer of ours', async (status, body) => {
  const error = await rejection(clientTo(await answering(status, body)).send(request))
  expect(error).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'ANSWER_INVALID', retryable: false })
})

test('a proxy that answers in place of the service may be asked again', async () => {
  expect(await rejection(clientTo(await answering('502 Bad Gateway', '<html>')).send(request))).toMatchObject({
    remoteCode: 'ANSWER_INVALID',
    retryable: true,
  })
})

test('what is no HTTP is a lost connection', async () => {
  const url = await stranger((socket) => socket.on('data', () => socket.end('SSH-2.0\r\n')))
  expect(await rejection(clientTo(url).send(request))).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'CONNECTION_LOST' })
})

test('an answer over the limit is not read to its end', async () => {
  const error = await rejection(
    clientTo(await answering('200 OK', JSON.stringify({ output: 'x'.repeat(5_000) })), { maxAnswerBytes: 1_000 }).send(request),
  )
  expect(error).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'ANSWER_TOO_LARGE', retryable: false })
})

test('a server that never answers is given up even by a caller without a signal', async () => {
  const url = await stranger(() => undefined)
  expect(await rejection(clientTo(url).send({ ...request, timeoutMs: 100 }))).toBeInstanceOf(RequestTimedOut)
})

test('a closed client says so', async () => {
  const client = httpClient({ locate: { orders: 'http://127.0.0.1:1' } })
  await client.close()
  await client.close()
  expect(await rejection(client.send(request))).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'CLIENT_CLOSED' })
})
