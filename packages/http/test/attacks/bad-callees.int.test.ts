import { createServer, type Socket } from 'node:net'
import { createClient, RequestFailed, RequestTimedOut } from '@tidings/core'
import { expect, onTestFinished, test } from 'vitest'
import { httpClient } from '../../src/index.ts'
import { orders } from '../served-shop.ts'

/** Calls a service that treats each connection as the test says, once it was asked. */
async function call(treat: (socket: Socket) => void, timeoutMs = 30_000): Promise<unknown> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('data', () => treat(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') return expect.fail('it does not listen')
  const http = httpClient({ locate: { orders: `http://127.0.0.1:${address.port}` } })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await http.close()
  })
  return await createClient(orders, http.send)
    .getOrder({ orderId: 'o1' }, { timeoutMs })
    .catch((error: unknown) => error)
}

/** Writes a beginning, and then a text again and again while the connection stands. */
function going(beginning: string, text: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(beginning)
    const timer = setInterval(() => socket.write(text), 20)
    socket.on('close', () => clearInterval(timer))
  }
}

const start = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

test.each<[string, (socket: Socket) => void]>([
  ['says nothing', () => {}],
  ['sends a header byte by byte', going(`${start}X: `, 'y')],
  ['sends header after header', going(start, 'X: y\r\n')],
  ['says again and again that it is at work', going('', 'HTTP/1.1 102 Processing\r\n\r\n')],
  ['sends its body byte by byte', going(`${start}Content-Length: 1000\r\n\r\n{`, ' ')],
  ['sends chunk after chunk', going(`${start}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n')],
  ['stops in its body', (socket) => void socket.write(`${start}Content-Length: 1000\r\n\r\n{"output":`)],
])('a callee that %s is given up when the time is over', async (_, treat) => {
  expect(await call(treat, 300)).toBeInstanceOf(RequestTimedOut)
})

test.each<[string, (socket: Socket) => void]>([
  ['closes at once', (socket) => void socket.destroy()],
  ['resets', (socket) => void socket.resetAndDestroy()],
  ['closes in its head', (socket) => void socket.end('HTTP/1.1 200')],
  ['closes in its body', (socket) => void socket.end(`${start}Content-Length: 1000\r\n\r\n{"output":`)],
  ['sends 100 KB of headers', (socket) => void socket.write(`${start}X: ${'y'.repeat(100_000)}\r\n\r\n`)],
  ['has two lengths', (socket) => void socket.end(`${start}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`)],
  [
    'has a length and chunks',
    (socket) => void socket.end(`${start}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
  ],
  ['answers in HTTP/2', (socket) => void socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))],
  ['answers text', (socket) => void socket.end(`${start}Content-Length: 5\r\n\r\nhello`)],
  ['sends elsewhere', (socket) => void socket.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n')],
  ['upgrades', (socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')],
])('a callee that %s is a failed request', async (_, treat) => {
  expect(await call(treat)).toBeInstanceOf(RequestFailed)
})

test('of two answers the second is nobody’s', async () => {
  const answer = (orderId: string): string => {
    const body = JSON.stringify({ output: { orderId } })
    return `${start}Content-Length: ${body.length}\r\n\r\n${body}`
  }
  expect(await call((socket) => void socket.write(answer('o1') + answer('o2')))).toEqual({ orderId: 'o1' })
})
