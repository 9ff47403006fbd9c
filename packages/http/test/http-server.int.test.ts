import { connect } from 'node:net'
import { command, defineContract, query, type ServedSystem, systemRuntime } from '@tidings/core'
import { afterEach, expect, test } from 'vitest'
import * as z from 'zod'
import {
  AccessUndeclared,
  AddressInUse,
  AuthenticationMissing,
  type HttpServer,
  type HttpServerOptions,
  httpServer,
  ListenFailed,
} from '../src/index.ts'
import { servedShop } from './served-shop.ts'

const started: HttpServer[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()))
})

async function serve(shop: { system: ServedSystem }, options: Partial<HttpServerOptions> = {}): Promise<string> {
  const server = httpServer({ port: 0, ...options })
  started.push(server)
  await server.start(shop.system)
  return server.url ?? expect.fail('it does not listen')
}

/** No time passes between the arrival of a request and its answer. */
const timeless = { runtime: { ...systemRuntime, clock: { ...systemRuntime.clock, monotonic: () => 0 } } }

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** Writes to a connection of its own and reads until the other side closes it. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => (text += chunk))
  socket.write(bytes)
  await new Promise<void>((resolve) => socket.on('close', () => resolve()).on('error', () => resolve()))
  return text
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const order = JSON.stringify({ customerId: 'c1', totalCents: 5 })

test('the internal form answers the output of the operation', async () => {
  const shop = servedShop()
  const url = await serve(shop, timeless)
  expect(
    await post(`${url}/orders/placeOrder`, order, {
      'idempotency-key': 'a%C3%A9',
      'tidings-timeout-ms': '700',
      'tidings-correlation-id': 'corr',
    }),
  ).toMatchObject({
    status: 200,
    body: { output: { orderId: 'o-5' } },
  })
  expect(shop.asked).toEqual([
    {
      service: 'orders',
      operation: 'placeOrder',
      input: JSON.parse(order),
      timeoutMs: 700,
      idempotencyKey: 'aé',
      correlationId: 'corr',
      causationId: undefined,
      traceparent: undefined,
      address: '127.0.0.1',
    },
  ])
})

test('an operation whose public route is its internal address answers there in the form of its asker', async () => {
  const url = await serve(servedShop())
  const body = JSON.stringify({ orderId: 'o1' })
  expect(await post(`${url}/orders/cancel`, body)).toMatchObject({ status: 202, body: { orderId: 'o1' } })
  expect(await post(`${url}/orders/cancel`, body, { 'tidings-timeout-ms': '900' })).toMatchObject({
    status: 200,
    body: { output: { orderId: 'o1' } },
  })
  expect(await post(`${url}/orders/cancel`, '{"orderId":""}')).toMatchObject({
    status: 401,
    headers: expect.toSatisfy((headers: Headers) => headers.get('www-authenticate') === 'Bearer'),
    body: { reason: 'Refused' },
  })
  expect(await post(`${url}/orders/cancel`, '{"orderId":""}', { 'tidings-timeout-ms': '900' })).toMatchObject({
    status: 422,
    body: { error: { reason: 'Refused' } },
  })
  expect(await post(`${url}/orders/cancel`, '{')).toMatchObject({ status: 400, body: { code: 'BODY_MALFORMED' } })
})

test('a form is taken where the contract says so, and nowhere else', async () => {
  const url = await serve(servedShop())
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  expect(await post(`${url}/orders/cancel`, 'orderId=a%20b+c', form)).toMatchObject({ status: 202, body: { orderId: 'a b c' } })
  expect(await post(`${url}/orders/cancel`, 'orderId=a&orderId=b', form)).toMatchObject({ status: 400, body: { code: 'BODY_MALFORMED' } })
  expect(await post(`${url}/orders/cancel`, 'orderId=a&__proto__=b', form)).toMatchObject({
    status: 400,
    body: { code: 'CONTRACT_VIOLATION' },
  })
  expect(await post(`${url}/orders`, 'customerId=c1', form)).toMatchObject({ status: 415 })
  expect(await post(`${url}/orders/cancel`, 'orderId=a', { ...form, 'tidings-timeout-ms': '900' })).toMatchObject({ status: 415 })
})

test('what a gateway passes on keeps its public form, and the time that is left of it', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  const from = (timeoutMs: string) => ({ 'tidings-form': 'public', 'tidings-timeout-ms': timeoutMs })
  const body = JSON.stringify({ orderId: 'o1' })
  expect(await post(`${url}/orders/cancel`, body, from('900'))).toMatchObject({ status: 202, body: { orderId: 'o1' } })
  expect(await post(`${url}/orders/cancel`, body, from('9000'))).toMatchObject({ status: 202 })
  const [short = 0, long = 0] = shop.asked.map(({ timeoutMs }) => timeoutMs)
  expect(short).toBeLessThanOrEqual(900)
  expect(long).toBeLessThanOrEqual(2_000)
  expect(long).toBeGreaterThan(900)
  expect(await post(`${url}/orders/cancel`, body, from('0'))).toMatchObject({ status: 504, body: { code: 'REQUEST_TIMED_OUT' } })
  expect(shop.asked).toHaveLength(2)
})

test('where a request came from is told by its connection, and by trusted proxies alone', async () => {
  const shop = servedShop()
  const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }
  await post(`${await serve(shop)}/orders`, order, headers)
  await post(`${await serve(shop, { trustedProxies: ['127.0.0.0/8'] })}/orders`, order, headers)
  await post(`${await serve(shop, { trustedProxies: ['127.0.0.1', '198.51.100.7'] })}/orders`, order, headers)
  expect(shop.asked.map(({ address }) => address)).toEqual(['127.0.0.1', '198.51.100.7', '203.0.113.9'])
  expect(() => httpServer({ port: 0, trustedProxies: ['all', '10.0.0.0/33'] })).toThrow(/"all".*"10.0.0.0\/33"/)
})

test('the internal form answers a failure with all that its caller needs', async () => {
  const url = await serve(servedShop())
  expect(await post(`${url}/orders/placeOrder`, JSON.stringify({ customerId: 'nobody', totalCents: 5 }))).toMatchObject({
    status: 422,
    body: { error: { code: 'OPERATION_FAILED', reason: 'UnknownCustomer', detail: { customerId: 'nobody' }, retryable: false } },
  })
})

test('a header that claims who is calling is not believed', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  await post(`${url}/orders/placeOrder`, order, { 'tidings-principal': 'system' })
  expect(shop.asked[0]?.principal).toBeUndefined()
})

test('a public route answers with the status that it declares', async () => {
  const shop = servedShop()
  const url = await serve(shop, timeless)
  expect(await post(`${url}/orders`, order, { 'idempotency-key': 'k-1' })).toMatchObject({ status: 201, body: { orderId: 'o-5' } })
  expect(shop.asked[0]).toMatchObject({ idempotencyKey: 'k-1', timeoutMs: 2_000 })
})

test('path and query of a public route become fields of the input, as its schema asks for them', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  const answer = await fetch(`${url}/orders/a%20%2F%C3%A9?lines=3&tag=x&tag=y`)
  expect(await answer.json()).toEqual({ orderId: 'a /é', lines: 3, tag: ['x', 'y'] })
  expect(shop.asked[0]?.input).toEqual({ orderId: 'a /é', lines: 3, tag: ['x', 'y'] })
})

test('a key of 512 characters fits into a path', async () => {
  const url = await serve(servedShop())
  const key = 'é'.repeat(512)
  expect(await (await fetch(`${url}/orders/${encodeURIComponent(key)}`)).json()).toMatchObject({ orderId: key })
})

test('an output that is a text is answered as JSON', async () => {
  const url = await serve(servedShop())
  const answer = await fetch(`${url}/count`)
  expect(answer.headers.get('content-type')).toContain('application/json')
  expect(await answer.json()).toBe('many')
})

test('a field that comes in the path and in the body is refused', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  const answer = await fetch(`${url}/orders/o1`, {
    method: 'PUT',
    body: '{"id":"o2","totalCents":1}',
    headers: { 'content-type': 'application/json' },
  })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    code: 'CONTRACT_VIOLATION',
    faults: [{ path: 'id', message: 'comes in the body and in the path' }],
  })
  expect(shop.asked).toEqual([])
})

test.each([
  [
    'UnknownCustomer with the status of its route',
    'nobody',
    409,
    {
      type: 'urn:tidings:orders:UnknownCustomer',
      title: 'UnknownCustomer',
      code: 'OPERATION_FAILED',
      reason: 'UnknownCustomer',
      facts: { customerId: 'nobody' },
    },
  ],
  ['a declared error without a status of its own', 'refused', 422, { reason: 'Refused', facts: {} }],
  ['an overload', 'busy', 503, { type: 'urn:tidings:store-overloaded', title: 'Service Unavailable', code: 'STORE_OVERLOADED' }],
  ['a handler that throws', 'broken', 500, { code: 'INTERNAL' }],
  ['a handler that throws null', 'null', 500, { code: 'INTERNAL' }],
  ['an output that breaks its contract', 'invalid', 500, { code: 'OUTPUT_INVALID' }],
])('%s is answered as a problem', async (_, customerId, status, problem) => {
  const url = await serve(servedShop())
  const answer = await post(`${url}/orders`, JSON.stringify({ customerId, totalCents: 1 }))
  expect(answer).toMatchObject({ status, body: { status, ...problem } })
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null)
  expect(JSON.stringify(answer.body)).not.toContain('secret')
})

const deep = `{"customerId":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
test.each([
  ['a wrong type', '{"customerId":"c","totalCents":"5"}', 'CONTRACT_VIOLATION', 'totalCents'],
  ['an unknown field', '{"customerId":"c","totalCents":5,"admin":true}', 'CONTRACT_VIOLATION', 'admin'],
  ['a $-key', '{"customerId":"c","totalCents":5,"$set":{}}', 'CONTRACT_VIOLATION', '$set'],
  ['a __proto__ key', '{"customerId":"c","totalCents":5,"__proto__":{"admin":true}}', 'CONTRACT_VIOLATION', '__proto__'],
  ['a __proto__ key in disguise', '{"customerId":"c","totalCents":5,"\\u005f_proto__":{"admin":true}}', 'CONTRACT_VIOLATION', '__proto__'],
  ['an integer past 2^53', '{"customerId":"c","totalCents":9007199254740993}', 'CONTRACT_VIOLATION', 'totalCents'],
  ['a number past all', '{"customerId":"c","totalCents":1e999}', 'CONTRACT_VIOLATION', 'totalCents'],
  ['a lone surrogate', '{"customerId":"\\ud800","totalCents":5}', 'CONTRACT_VIOLATION', 'customerId'],
  ['a nesting of 100,000', deep, 'CONTRACT_VIOLATION', undefined],
  ['a list', '[]', 'CONTRACT_VIOLATION', ''],
  ['null', 'null', 'CONTRACT_VIOLATION', ''],
  ['a key that comes twice', '{"customerId":"c","totalCents":5,"customerId":"d"}', 'BODY_MALFORMED', 'customerId'],
  [
    'a key that comes twice in depth',
    '{"customerId":"c","lines":[{},{"a":{"b":1,"c":"b:","\\u0062":2}}]}',
    'BODY_MALFORMED',
    'lines[1].a.b',
  ],
  ['truncated JSON', '{"customerId":"c","tot', 'BODY_MALFORMED', ''],
  ['NaN', '{"customerId":"c","totalCents":NaN}', 'BODY_MALFORMED', ''],
  ['nothing', ' ', 'BODY_MALFORMED', ''],
  ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'BODY_MALFORMED', ''],
])('a body with %s is answered 400 with its path, and the server goes on', async (_, body, code, path) => {
  const shop = servedShop()
  const url = await serve(shop)
  for (const address of [`${url}/orders`, `${url}/orders/placeOrder`]) {
    const answer = await post(address, body)
    expect(answer.status).toBe(400)
    const failure = (answer.body as { error?: object }).error ?? answer.body
    expect(failure).toMatchObject({ code, faults: [path === undefined ? {} : { path }] })
  }
  expect(await post(`${url}/orders`, order)).toMatchObject({ status: 201 })
  expect('admin' in {}).toBe(false)
})

test('a __proto__ key in a query is refused as a field', async () => {
  const url = await serve(servedShop())
  const answer = await fetch(`${url}/orders/o1?__proto__=x`)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ faults: [{ path: '__proto__' }] })
})

test('a body over the limit is answered 413', async () => {
  const url = await serve(servedShop())
  expect(await post(`${url}/echo`, JSON.stringify({ text: 'x'.repeat(1_048_576) }))).toMatchObject({
    status: 413,
    body: { code: 'BODY_TOO_LARGE' },
  })
})

test('a body that says it has 100 MB is answered 413 before it is sent', async () => {
  const url = await serve(servedShop())
  const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n'
  expect(await raw(url, head)).toMatch(/^HTTP\/1.1 413 [\s\S]*"BODY_TOO_LARGE"/)
})

test('a body that does not say its length is cut off at the limit, and the server goes on', async () => {
  const url = await serve(servedShop())
  const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  expect(await raw(url, head + chunk.repeat(17))).toMatch(/^HTTP\/1.1 413 /)
  expect((await fetch(`${url}/live`)).status).toBe(200)
})

test('another content type is answered 415 and told the right one', async () => {
  const url = await serve(servedShop())
  const answer = await post(`${url}/orders`, order, { 'content-type': 'text/plain' })
  expect(answer).toMatchObject({ status: 415, body: { code: 'CONTENT_TYPE_REFUSED' } })
  expect(answer.headers.get('accept')).toBe('application/json')
})

test.each([
  ['DELETE', '/orders', 'POST'],
  ['DELETE', '/orders/o1', 'GET, HEAD, PUT'],
  ['PUT', '/count', 'GET, HEAD'],
  ['DELETE', '/orders/placeOrder', 'POST'],
  ['POST', '/live', 'GET, HEAD'],
])('%s %s is answered 405 with the methods there are', async (method, path, allow) => {
  const url = await serve(servedShop())
  const answer = await fetch(`${url}${path}`, { method })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe(allow)
  expect(await answer.json()).toMatchObject({ code: 'METHOD_REFUSED' })
})

test('the name of an operation may be an id on a public route', async () => {
  const url = await serve(servedShop())
  expect(await (await fetch(`${url}/orders/placeOrder`)).json()).toMatchObject({ orderId: 'placeOrder' })
})

test('an address that nobody has is answered 404', async () => {
  const url = await serve(servedShop())
  expect(await post(`${url}/nobody/here`, '{}')).toMatchObject({ status: 404, body: { code: 'OPERATION_UNKNOWN', status: 404 } })
  expect(await post(`${url}/nobody/here`, '{}', { 'tidings-timeout-ms': '5' })).toMatchObject({
    status: 404,
    body: { error: { code: 'OPERATION_UNKNOWN' } },
  })
})

test('a path that is not percent-encoded UTF-8 is answered 400', async () => {
  const url = await serve(servedShop())
  expect(await raw(url, 'GET /orders/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1.1 400 [\s\S]*"URL_MALFORMED"/,
  )
})

test.each([
  ['idempotency-key', ''],
  ['idempotency-key', 'k'.repeat(513)],
  ['idempotency-key', '%00'],
  ['idempotency-key', '%'],
  ['tidings-timeout-ms', '-1'],
  ['tidings-timeout-ms', '1e3'],
  ['tidings-correlation-id', '%ff'],
])('a header %s of "%s" is answered 400 and nothing runs', async (name, value) => {
  const shop = servedShop()
  const url = await serve(shop)
  expect(await post(`${url}/orders/placeOrder`, order, { [name]: value })).toMatchObject({
    status: 400,
    body: { error: { faults: [{ path: `header ${name}` }] } },
  })
  expect(shop.asked).toEqual([])
})

test('headers over the limit are answered 431, and the server goes on', async () => {
  const url = await serve(servedShop())
  expect(await raw(url, `GET /live HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431 [\s\S]*"HEADERS_TOO_LARGE"/,
  )
  expect((await fetch(`${url}/live`)).status).toBe(200)
})

test('what is no HTTP is answered 400', async () => {
  const url = await serve(servedShop())
  expect(await raw(url, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*"REQUEST_MALFORMED"/)
})

test('a client that is slow with its headers is answered 408 and let go', async () => {
  const url = await serve(servedShop(), { headersTimeoutMs: 100 })
  expect(await raw(url, 'GET /live HTTP/1.1\r\nHost: ')).toMatch(/^HTTP\/1.1 408 [\s\S]*"REQUEST_TOO_SLOW"/)
})

test('a client that is slow with its body is let go', async () => {
  const url = await serve(servedShop(), { requestTimeoutMs: 200 })
  await raw(url, 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a')
})

test('a client that connects and says nothing is let go', async () => {
  const url = await serve(servedShop(), { headersTimeoutMs: 100 })
  await raw(url, '')
})

test('a dropped connection aborts the signal that the system was given', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  const client = new AbortController()
  const calling = fetch(`${url}/orders/wait`, {
    method: 'POST',
    body: '{"forMs":60000}',
    headers: { 'content-type': 'application/json', 'tidings-timeout-ms': '60000' },
    signal: client.signal,
  }).catch(() => undefined)
  await until(() => shop.asked.length === 1)
  client.abort()
  await calling
  await until(() => shop.signals[0]?.aborted === true)
  expect(shop.signals[0]?.reason).toMatchObject({ code: 'HTTP_CALLER_GONE' })
})

test('a system that does not answer in time is answered for with 504', async () => {
  const url = await serve({ system: { ...servedShop().system, answer: () => new Promise(() => {}) } })
  expect(await post(`${url}/wait`, '{"forMs":1}')).toMatchObject({ status: 504, body: { code: 'REQUEST_TIMED_OUT' } })
})

test('a request whose time is over when it arrives is answered 504 at once, and the system is not asked', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  expect(await post(`${url}/orders/placeOrder`, order, { 'tidings-timeout-ms': '0' })).toMatchObject({
    status: 504,
    body: { error: { code: 'REQUEST_TIMED_OUT', retryable: true } },
  })
  expect(shop.asked).toEqual([])
})

test('the time that a body takes on its way is taken off what the caller waits', async () => {
  const shop = servedShop()
  let time = 0
  const url = await serve(shop, { runtime: { ...systemRuntime, clock: { ...systemRuntime.clock, monotonic: () => time } } })
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => (text += chunk))
  const head = `Host: x\r\nContent-Type: application/json\r\nTidings-Timeout-Ms: 900\r\nContent-Length: ${order.length}\r\n`
  socket.write(`POST /orders/placeOrder HTTP/1.1\r\n${head}Expect: 100-continue\r\n\r\n`)
  await until(() => text.includes('100 Continue'))
  time = 300
  socket.write(order)
  await until(() => text.includes('200 OK'))
  socket.destroy()
  expect(shop.asked[0]?.timeoutMs).toBe(600)
})

test('past the most requests at once further ones are answered 503 at once, but /live and /ready go on', async () => {
  const shop = servedShop()
  const url = await serve(shop, { maxInFlight: 2 })
  const leaving = new AbortController()
  const waiting = [1, 2].map(() =>
    fetch(`${url}/wait`, {
      method: 'POST',
      body: '{"forMs":60000}',
      headers: { 'content-type': 'application/json' },
      signal: leaving.signal,
    }).catch(() => 'left'),
  )
  await until(() => shop.asked.length === 2)
  const refused = await post(`${url}/orders`, order)
  expect(refused).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } })
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('content-type')).toContain('application/problem+json')
  expect(shop.asked).toHaveLength(2)
  expect((await fetch(`${url}/live`)).status).toBe(200)
  expect((await fetch(`${url}/ready`)).status).toBe(200)
  leaving.abort()
  await Promise.all(waiting)
  await until(() => shop.signals.every((signal) => signal.aborted))
  await expect.poll(async () => (await post(`${url}/orders`, order)).status).toBe(201)
})

test('a command that still runs for its key is answered 409 with when to come back', async () => {
  const answer: ServedSystem['answer'] = async () => ({
    ok: false,
    error: { code: 'COMMAND_STILL_RUNNING', message: 'It runs.', retryable: true, retryAfterMs: 1_500 },
  })
  const url = await serve({ system: { ...servedShop().system, answer } })
  const refused = await post(`${url}/orders`, order, { 'idempotency-key': 'k' })
  expect(refused).toMatchObject({ status: 409, body: { code: 'COMMAND_STILL_RUNNING' } })
  expect(refused.headers.get('retry-after')).toBe('2')
})

test('a system that rejects is answered for with 500, and its error is logged', async () => {
  const logged: unknown[] = []
  const write = (_: string, facts?: object): void => void logged.push(facts)
  const { clock } = (await import('@tidings/core')).systemRuntime
  const url = await serve(
    { system: { ...servedShop().system, answer: () => Promise.reject(new Error('secret')) } },
    { runtime: { clock, logger: { info: write, warn: write, error: write } } },
  )
  expect(await post(`${url}/wait`, '{"forMs":1}')).toMatchObject({
    status: 500,
    body: { code: 'INTERNAL', detail: expect.not.stringContaining('secret') },
  })
  expect(logged).toEqual([{ error: new Error('secret') }])
})

test('/live answers as soon as it listens, and /ready tells why it is not ready', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  expect(await (await fetch(`${url}/live`)).json()).toEqual({ live: true })
  expect(await (await fetch(`${url}/ready`)).json()).toEqual({ ready: true, reasons: [], notes: [] })
  shop.readiness.ready = false
  shop.readiness.reasons.push('billing is 7 events behind')
  shop.readiness.notes.push('orders stands by')
  const behind = await fetch(`${url}/ready`)
  expect(behind.status).toBe(503)
  expect(await behind.json()).toEqual({ ready: false, reasons: ['billing is 7 events behind'], notes: ['orders stands by'] })
})

test('a port that is taken is told as such', async () => {
  const url = await serve(servedShop())
  const port = Number(new URL(url).port)
  const second = httpServer({ port })
  const error = await second.start(servedShop().system).catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(AddressInUse)
  expect(error).toMatchObject({ port, code: 'HTTP_ADDRESS_IN_USE' })
  expect(second.url).toBeUndefined()
})

test('a host that is not of this machine is told as such', async () => {
  await expect(httpServer({ port: 0, host: '192.0.2.1' }).start(servedShop().system)).rejects.toBeInstanceOf(ListenFailed)
})

test('operations that do not say who may call are not served', async () => {
  const contracts = [defineContract('a', { operations: { x: query({ input: z.object({}), output: z.object({}) }) } })]
  const error = await httpServer({ port: 0 })
    .start({ ...servedShop().system, contracts })
    .catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(AccessUndeclared)
  expect(error).toMatchObject({ operations: ['a.x'] })
})

test('operations for authenticated callers are not served while nothing authenticates', async () => {
  const contracts = [
    defineContract('a', {
      operations: {
        x: command({ input: z.object({}), output: z.object({}), access: 'authenticated' }),
        y: command({ input: z.object({}), output: z.object({}), access: { scopes: ['a:y'] } }),
      },
    }),
  ]
  const error = await httpServer({ port: 0 })
    .start({ ...servedShop().system, contracts })
    .catch((refused: unknown) => refused)
  expect(error).toBeInstanceOf(AuthenticationMissing)
  expect(error).toMatchObject({ operations: ['a.x', 'a.y'] })
})

test.each(['GET /live', 'GET /b/:other', 'POST /a/x'])('two operations at %s are refused at start', async (route) => {
  const options = { input: z.object({}), output: z.object({}), access: 'public' } as const
  const contracts = [
    defineContract('a', {
      operations: { x: query(options), y: query({ ...options, http: route }), z: query({ ...options, http: 'GET /b/:id' }) },
    }),
  ]
  await expect(httpServer({ port: 0 }).start({ ...servedShop().system, contracts })).rejects.toMatchObject({ code: 'DEFINITION_INVALID' })
})

test('faulty options are refused together', () => {
  expect(() => httpServer({ port: 70_000, host: '', bodyLimitBytes: 0 })).toThrow(/port .*bodyLimitBytes .*host /)
})

test('a stop finishes what is in flight, refuses what comes, and leaves nothing open', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  await (await fetch(`${url}/live`)).json()
  const { hostname, port } = new URL(url)
  const idle = connect(Number(port), hostname)
  const closed = new Promise((resolve) => idle.on('close', resolve))
  await new Promise((resolve) => idle.on('connect', resolve))
  const waiting = post(`${url}/orders/wait`, '{"forMs":200}')
  await until(() => shop.asked.length === 1)
  const server = started[0] ?? expect.fail('it was not started')
  const stopped = server.stop()
  expect(await waiting).toMatchObject({ status: 200, body: { output: { ok: true } } })
  await stopped
  await closed
  expect(server.url).toBeUndefined()
  await expect(fetch(`${url}/live`)).rejects.toThrow()
})

test('a request on a connection kept open is answered 503 while the server stops', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => (text += chunk))
  const body = '{"forMs":300}'
  const head = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  socket.write(`POST /wait HTTP/1.1\r\n${head}`)
  await until(() => shop.asked.length === 1)
  const stopped = started[0]?.stop()
  socket.write(`POST /wait HTTP/1.1\r\n${head}`)
  await new Promise((resolve) => socket.on('close', resolve))
  await stopped
  expect(text).toContain('HTTP/1.1 200')
  expect(shop.asked).toHaveLength(1)
})

test('while the server stops it is not ready', async () => {
  const shop = servedShop()
  const url = await serve(shop)
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => (text += chunk))
  const leaving = new AbortController()
  const waiting = fetch(`${url}/orders/wait`, {
    method: 'POST',
    body: '{"forMs":60000}',
    headers: { 'content-type': 'application/json', 'tidings-timeout-ms': '60000' },
    signal: leaving.signal,
  }).catch(() => 'left')
  await until(() => shop.asked.length === 1)
  // With half a request the connection is not idle, so the stop leaves it open. Another request in between gives it time to arrive.
  socket.write('GET /ready HTTP/1.1\r\n')
  await (await fetch(`${url}/live`)).json()
  const stopped = started[0]?.stop()
  socket.write('Host: x\r\n\r\n')
  await new Promise((resolve) => socket.on('close', resolve))
  expect(text).toMatch(/^HTTP\/1.1 503 [\s\S]*the server is stopping/)
  leaving.abort()
  await Promise.all([waiting, stopped])
})

test('a stop cuts off what does not finish in time', async () => {
  const shop = servedShop()
  const url = await serve(shop, { closeTimeoutMs: 50 })
  const waiting = post(`${url}/orders/wait`, '{"forMs":60000}', { 'tidings-timeout-ms': '60000' }).catch(() => 'cut off')
  await until(() => shop.asked.length === 1)
  await started[0]?.stop()
  expect(await waiting).toBe('cut off')
  await until(() => shop.signals[0]?.aborted === true)
})

test('a stop may be asked for twice, and before a start', async () => {
  const server = httpServer({ port: 0 })
  await server.stop()
  await server.start(servedShop().system)
  await Promise.all([server.stop(), server.stop()])
  await server.start(servedShop().system)
  await server.stop()
})
