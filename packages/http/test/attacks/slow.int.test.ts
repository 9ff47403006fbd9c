import { expect, onTestFinished, test } from 'vitest'
import { type Connection, head, order, request, type Victim, victim } from './under-attack.ts'

/** Writes one byte after another until the other side closes. Resolves when it has. */
async function drip(connection: Connection, bytes: string, everyMs: number): Promise<void> {
  let at = 0
  const timer = setInterval(() => connection.write(bytes.charAt(at++ % bytes.length)), everyMs)
  onTestFinished(() => clearInterval(timer))
  await connection.closed
  clearInterval(timer)
}

test('headers that come byte by byte are cut off when their time is over, however many connections send them', async () => {
  await using server = await victim()
  const slow = Array.from({ length: 50 }, () => server.open())
  const dripping = slow.map((connection) => drip(connection, 'GET /count HTTP/1.1\r\nHost: x\r\nX-Slow: abcdefghijklmnopqrstuvwxyz', 10))
  await server.serves()
  await Promise.all(dripping)
  for (const { statuses } of slow) expect(statuses.filter((status) => status !== 408)).toEqual([])
  await server.serves()
})

test('bodies that come byte by byte are cut off when their time is over, and nothing runs for them', async () => {
  await using server = await victim()
  const slow = Array.from({ length: 50 }, () => server.open())
  const dripping = slow.map((connection) => {
    connection.write(`${head('POST /orders', 'Content-Length: 10000')}\r\n\r\n`)
    return drip(connection, '{"customerId":"', 10)
  })
  await Promise.all(dripping)
  expect(server.asked).toEqual([])
  await server.serves()
})

test('chunks that come one by one are cut off as well', async () => {
  await using server = await victim()
  const connection = server.open()
  connection.write(`${head('POST /orders', 'Transfer-Encoding: chunked')}\r\n\r\n`)
  await drip(connection, '1\r\n \r\n', 5)
  expect(server.asked).toEqual([])
  await server.serves()
})

test('bodies that do not come keep no others out, though they are as many as may be under way', async () => {
  await using server = await victim({ maxInFlight: 20, requestTimeoutMs: 60_000, headersTimeoutMs: 60_000 })
  const slow = Array.from({ length: 20 }, () => server.open())
  for (const connection of slow) connection.write(`${head('POST /orders', 'Content-Length: 100')}\r\n\r\n{`)
  // For a second nobody can tell slow ones from others; from then on each new request takes the place of the oldest.
  await expect.poll(() => server.serves().then(() => true)).toBe(true)
  for (let i = 0; i < 30; i++) await server.serves()
  await slow[0]?.closed
  expect(server.asked.length).toBeGreaterThan(30)
})

test('bodies on the way take no more memory than they may, and what would be more is answered 503', async () => {
  const mebibyte = 1_048_576
  await using server = await victim({ maxArrivingBytes: 2 * mebibyte, requestTimeoutMs: 60_000, headersTimeoutMs: 60_000 })
  const slow = [server.open(), server.open()]
  for (const connection of slow) connection.write(`${head('POST /orders', `Content-Length: ${mebibyte}`)}\r\n\r\n{`)
  const refused = server.open()
  refused.write(`${head('POST /orders', 'Transfer-Encoding: chunked')}\r\n\r\n`)
  await expect.poll(() => refused.statuses).toEqual([503])
  expect(refused.text).toMatch(/Retry-After: 1/i)
  await expect.poll(() => server.serves().then(() => true)).toBe(true)
})

/** Connections that ask for more than the buffers between the two hold, and take none of it. */
async function lazyClients(server: Victim, count: number): Promise<readonly Connection[]> {
  const echoes = Buffer.from(request('POST /echo', JSON.stringify({ text: 'x'.repeat(1_000_000) })).repeat(16))
  const lazy = Array.from({ length: count }, () => server.open())
  for (const [at, connection] of lazy.entries()) {
    connection.socket.pause()
    connection.socket.write(echoes)
    await expect.poll(() => server.asked.length).toBeGreaterThan(at)
  }
  return lazy
}

test('clients that do not take their answers take no room from others', async () => {
  await using server = await victim({ maxInFlight: 4, sendTimeoutMs: 600_000 })
  await lazyClients(server, 5)
  await expect.poll(() => server.serves().then(() => true)).toBe(true)
})

test('clients that do not take their answers are cut off', async () => {
  await using server = await victim()
  const lazy = await lazyClients(server, 3)
  // Who does not read learns of it when it writes.
  await Promise.all(lazy.map((connection) => drip(connection, '\r\n', 50)))
  await server.serves()
})

test('a client that leaves with half a request leaves nothing behind', async () => {
  await using server = await victim({ maxInFlight: 5 })
  for (let i = 0; i < 50; i++) {
    const connection = server.open()
    connection.write(`${head('POST /orders', 'Content-Length: 100')}\r\n\r\n{`)
    await new Promise((resolve) => connection.socket.once('connect', resolve))
    if (i % 2 === 0) connection.socket.resetAndDestroy()
    else connection.socket.destroy()
  }
  await expect.poll(() => server.serves().then(() => true)).toBe(true)
  expect(server.asked.every(({ input }) => JSON.stringify(input) === order)).toBe(true)
})
