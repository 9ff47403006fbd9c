import { expect, test } from 'vitest'
import { head, order, request, type Victim, victim } from './under-attack.ts'

const chunked = `22\r\n${order}\r\n0\r\n\r\n`
const plain = 'POST /orders HTTP/1.1\r\nContent-Type: application/json'

/** Sends bytes, waits until the other side closes the connection, and answers the statuses. */
async function send(server: Victim, bytes: string): Promise<readonly number[]> {
  const connection = server.open()
  connection.write(bytes)
  await connection.closed
  return connection.statuses
}

// Whatever two readers could understand differently is refused, for one of the two may stand in front of this server.
test.each([
  [
    'Content-Length with Transfer-Encoding',
    `${head('POST /orders', 'Content-Length: 34', 'Transfer-Encoding: chunked')}\r\n\r\n${chunked}`,
  ],
  ['Transfer-Encoding with Content-Length', `${head('POST /orders', 'Transfer-Encoding: chunked', 'Content-Length: 4')}\r\n\r\n${chunked}`],
  ['two lengths', `${head('POST /orders', 'Content-Length: 34', 'Content-Length: 5')}\r\n\r\n${order}`],
  ['two equal lengths', `${head('POST /orders', 'Content-Length: 34', 'Content-Length: 34')}\r\n\r\n${order}`],
  ['a list of lengths', `${head('POST /orders', 'Content-Length: 34, 34')}\r\n\r\n${order}`],
  ['a length with a sign', `${head('POST /orders', 'Content-Length: +34')}\r\n\r\n${order}`],
  ['a negative length', `${head('POST /orders', 'Content-Length: -1')}\r\n\r\n${order}`],
  ['a length in hexadecimal', `${head('POST /orders', 'Content-Length: 0x22')}\r\n\r\n${order}`],
  ['a length past all numbers', `${head('POST /orders', `Content-Length: ${'9'.repeat(30)}`)}\r\n\r\n${order}`],
  ['no length where one is named', `${head('POST /orders', 'Content-Length: ')}\r\n\r\n${order}`],
  ['a coding that nobody knows', `${head('POST /orders', 'Transfer-Encoding: xchunked')}\r\n\r\n${chunked}`],
  ['a coding after chunked', `${head('POST /orders', 'Transfer-Encoding: chunked, identity')}\r\n\r\n${chunked}`],
  ['a coding before chunked', `${head('POST /orders', 'Transfer-Encoding: gzip, chunked')}\r\n\r\n${chunked}`],
  ['two codings', `${head('POST /orders', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}\r\n\r\n${chunked}`],
  ['chunks in HTTP/1.0', `${head('POST /orders', 'Transfer-Encoding: chunked').replace('/1.1', '/1.0')}\r\n\r\n${chunked}`],
  ['a chunk past all numbers', `${head('POST /orders', 'Transfer-Encoding: chunked')}\r\n\r\nffffffffffffffffff\r\n${order}`],
  ['a chunk with a space in its size', `${head('POST /orders', 'Transfer-Encoding: chunked')}\r\n\r\n22 \r\n${order}\r\n0\r\n\r\n`],
  ['chunks with bare line feeds', `${head('POST /orders', 'Transfer-Encoding: chunked')}\r\n\r\n22\n${order}\n0\n\n`],
  [
    '40 KB of chunk extension',
    `${head('POST /orders', 'Transfer-Encoding: chunked')}\r\n\r\n22;${'a'.repeat(40_000)}\r\n${order}\r\n0\r\n\r\n`,
  ],
  ['a space before the colon', `${plain}\r\nHost: x\r\nContent-Length : 34\r\n\r\n${order}`],
  ['a space in a name', `${plain}\r\nHost: x\r\nContent Length: 34\r\n\r\n${order}`],
  ['a space before the first header', `POST /orders HTTP/1.1\r\n Host: x\r\n\r\n`],
  ['a folded header', `${plain}\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n`],
  ['a folded coding', `${plain}\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n${chunked}`],
  ['bare line feeds', `${request('POST /orders', order).replaceAll('\r\n', '\n')}`],
  ['one bare line feed', `${plain}\nHost: x\r\nContent-Length: 34\r\n\r\n${order}`],
  ['a bare carriage return', `${plain}\r\nHost: x\r\nX-A: a\rb\r\nContent-Length: 34\r\n\r\n${order}`],
  ['a NUL in a value', `${plain}\r\nHost: x\r\nX-A: a\0b\r\nContent-Length: 34\r\n\r\n${order}`],
  ['a NUL in the path', `GET /orders\0 HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['no host', `${plain}\r\nContent-Length: 34\r\n\r\n${order}`],
  ['two hosts', request('POST /orders', order, 'Host: y')],
  ['two content types', request('POST /orders', order, 'Content-Type: text/plain')],
  ['two keys', request('POST /orders', order, 'Idempotency-Key: a', 'idempotency-key: b')],
  ['one key twice', request('POST /orders', order, 'Idempotency-Key: a', 'IDEMPOTENCY-KEY: a')],
  ['two times left', request('POST /orders/placeOrder', order, 'Tidings-Timeout-Ms: 5', 'Tidings-Timeout-Ms: 50')],
  ['HTTP/0.9', 'GET /count\r\n\r\n'],
  ['HTTP/1.2', 'GET /count HTTP/1.2\r\nHost: x\r\n\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a method in small letters', 'get /count HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a method that is none', 'FOO /count HTTP/1.1\r\nHost: x\r\n\r\n'],
])('a request with %s is answered 400, nothing runs, and the connection is closed', async (_, bytes) => {
  await using server = await victim()
  expect(await send(server, bytes)).toEqual([400])
  expect(server.asked).toEqual([])
  await server.serves()
})

test('a request that is hidden in the body of another is never carried out', async () => {
  await using server = await victim()
  const hidden = request('POST /echo', '{}')
  const shapes = [
    `${head('POST /orders', 'Content-Length: 0', 'Transfer-Encoding: chunked')}\r\n\r\n0\r\n\r\n${hidden}`,
    `${head('POST /orders', `Content-Length: ${hidden.length}`, 'Transfer-Encoding : chunked')}\r\n\r\n${hidden}`,
    `${head('POST /orders', 'X: y\nTransfer-Encoding: chunked')}\r\n\r\n0\r\n\r\n${hidden}`,
  ]
  for (const bytes of shapes) expect(await send(server, bytes)).toEqual([400])
  expect(server.asked).toEqual([])
})

test.each([
  ['TRACE /count', 501],
  ['PROPFIND /orders', 501],
  ['QUERY /orders', 501],
  ['OPTIONS *', 404],
  ['GET //count', 404],
  ['GET /orders/../live', 404],
  ['GET /%', 400],
  [`GET /orders/${'a'.repeat(12_000)}`, 414],
  [`GET /${'a'.repeat(20_000)}`, 431],
])('%s is answered %d', async (line, status) => {
  await using server = await victim()
  expect(await send(server, `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toEqual([status])
  await server.serves()
})

test('a CONNECT is closed', async () => {
  await using server = await victim()
  expect(await send(server, 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n')).toEqual([])
})

test('headers after the two-thousandth are not left out', async () => {
  await using server = await victim()
  const many = Array<string>(2_500).fill('a:')
  expect(await send(server, request('POST /orders', order, ...many, 'Idempotency-Key: late', 'Connection: close'))).toEqual([201])
  expect(server.asked[0]?.idempotencyKey).toBe('late')
})

test('what a trailer says is not believed', async () => {
  await using server = await victim()
  const body = `22\r\n${order}\r\n0\r\nIdempotency-Key: t\r\n\r\n`
  expect(await send(server, `${head('POST /orders', 'Transfer-Encoding: chunked', 'Connection: close')}\r\n\r\n${body}`)).toEqual([201])
  expect(server.asked[0]?.idempotencyKey).toBeUndefined()
  const flood = `22\r\n${order}\r\n0\r\n${'X: y\r\n'.repeat(10_000)}\r\n`
  expect(await send(server, `${head('POST /orders', 'Transfer-Encoding: chunked')}\r\n\r\n${flood}`)).toEqual([431])
  await server.serves()
})

test('a compressed body is answered 415', async () => {
  await using server = await victim()
  expect(await send(server, request('POST /orders', order, 'Content-Encoding: gzip', 'Connection: close'))).toEqual([415])
  expect(await send(server, request('POST /orders', order, 'Content-Encoding: identity', 'Connection: close'))).toEqual([201])
})
