import { expect, test } from 'vitest'
import { head, order, request, victim } from './under-attack.ts'

const wait = (forMs: number): string => request('POST /wait', JSON.stringify({ forMs }))

test('requests that are sent before the answers to others are all answered, in order', async () => {
  await using server = await victim()
  const connection = server.open()
  connection.write(wait(50) + request('POST /orders', order).repeat(100) + request('GET /count', '', 'Connection: close'))
  await connection.closed
  expect(connection.statuses).toEqual([200, ...Array(100).fill(201), 200])
})

test('past the most requests at once, those sent ahead are answered 503', async () => {
  await using server = await victim({ maxInFlight: 10 })
  const connection = server.open()
  connection.write(wait(50).repeat(30))
  await expect.poll(() => connection.statuses.length).toBe(30)
  expect(connection.statuses.toSorted()).toEqual([...Array(10).fill(200), ...Array(20).fill(503)])
  await server.serves()
})

test('nonsense behind a request does not take its answer, and is not answered itself', async () => {
  await using server = await victim()
  for (const behind of ['nonsense\r\n\r\n', '\0\0\0\0', request('POST /orders', order, 'Content-Length: 5')]) {
    const connection = server.open()
    connection.write(wait(50) + behind)
    await connection.closed
    expect(connection.statuses, behind).toEqual([200])
  }
})

test('a body that is longer than it says is a request and nonsense', async () => {
  await using server = await victim()
  const connection = server.open()
  connection.write(`${head('POST /orders', `Content-Length: ${order.length}`)}\r\n\r\n${order}more`)
  await connection.closed
  expect(connection.statuses).toEqual([201])
})

test('a request behind another that does not come to its end is answered 408, after the answer to the first', async () => {
  await using server = await victim()
  const connection = server.open()
  connection.write(`${wait(10)}GET /count HT`)
  await connection.closed
  expect(connection.statuses).toEqual([200, 408])
})

test('a body is asked for only where it will be read', async () => {
  await using server = await victim()
  const asking = server.open()
  asking.write(`${head('POST /orders', `Content-Length: ${order.length}`, 'Expect: 100-continue', 'Connection: close')}\r\n\r\n`)
  await expect.poll(() => asking.statuses).toEqual([100])
  asking.write(order)
  await asking.closed
  expect(asking.statuses).toEqual([100, 201])
})

test.each([
  ['it is too large', head('POST /orders', 'Content-Length: 100000000'), 413],
  ['its type is not read', 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10', 415],
  ['nobody has the route', head('POST /nowhere', 'Content-Length: 10'), 404],
  ['the method is wrong', head('PUT /orders', 'Content-Length: 10'), 405],
  ['it is compressed', head('POST /orders', 'Content-Length: 10', 'Content-Encoding: br'), 415],
])('a body that is announced is not asked for where %s, and what never comes is no second request', async (_, start, status) => {
  await using server = await victim()
  const connection = server.open()
  connection.write(`${start}\r\nExpect: 100-continue\r\n\r\n`)
  await connection.closed
  expect(connection.statuses).toEqual([status])
  await server.serves()
})

test('an expectation that nobody can meet is answered 417', async () => {
  await using server = await victim()
  const connection = server.open()
  connection.write(request('POST /orders', order, 'Expect: 200-ok', 'Connection: close'))
  await connection.closed
  expect(connection.statuses).toEqual([417])
  expect(server.asked).toEqual([])
})

test('a client that closes its side has its request answered or is let go, and what it began to send is not carried out', async () => {
  await using server = await victim()
  for (const [bytes, statuses] of [
    [`${head('POST /orders', 'Content-Length: 100')}\r\n\r\n${order}`, [400]],
    ['POST /orders HT', [400]],
    ['', []],
  ] as const) {
    const connection = server.open()
    connection.write(bytes)
    connection.socket.end()
    await connection.closed
    expect(connection.statuses, bytes).toEqual(statuses)
  }
  expect(server.asked).toEqual([])
  const connection = server.open()
  connection.write(wait(60_000))
  await expect.poll(() => server.asked.length).toBe(1)
  connection.socket.end()
  await connection.closed
  await server.serves()
})

test('a connection brings as many requests as it may, and is closed then', async () => {
  await using server = await victim({ maxRequestsPerConnection: 2 })
  const connection = server.open()
  connection.write(request('GET /count', ''))
  await expect.poll(() => connection.statuses).toEqual([200])
  connection.write(request('GET /count', ''))
  await connection.closed
  expect(connection.statuses).toEqual([200, 200])
})

test('a connection that waits for longer than it may is closed', async () => {
  await using server = await victim({ keepAliveTimeoutMs: 100 })
  const connection = server.open()
  connection.write(request('GET /count', ''))
  await connection.closed
  expect(connection.statuses).toEqual([200])
})
