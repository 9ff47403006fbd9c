import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type WebSocket as ServedSocket, WebSocketServer } from 'ws'
import { type GatewayOptions, gateway } from '../../src/gateway.ts'
import { behindGateway, sendRaw, sentAs } from './behind-gateway.ts'

/** A service that echoes over WebSockets, and a client's way to it. */
async function echoBehindGateway(options: Partial<GatewayOptions> = {}) {
  const behind = await behindGateway(options)
  const opened: { readonly rawHeaders: readonly string[]; readonly socket: ServedSocket }[] = []
  const echo = new WebSocketServer({ server: behind.service })
  onTestFinished(() => echo.close())
  echo.on('connection', (socket, { rawHeaders }) => {
    opened.push({ rawHeaders, socket })
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const open = (path: string, headers: Record<string, string>): WebSocket => {
    // Node's own takes headers as well, which browsers do not.
    const socket = new WebSocket(`${behind.url.replace('http', 'ws')}${path}`, { headers } as unknown as string[])
    socket.binaryType = 'arraybuffer'
    onTestFinished(() => socket.close())
    return socket
  }
  return { ...behind, opened, open }
}

const good = { authorization: 'Bearer good' }
const handshake = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']

test('a WebSocket of someone who is let in passes both ways, with a token for its service', async () => {
  const { open, opened } = await echoBehindGateway()
  const socket = open('/orders/live?since=1', { ...good, 'txn-token': 'forged', 'x-forwarded-for': 'forged' })
  await once(socket, 'open')
  const sizes = [1, 70_000, 1_000_000]
  for (const size of sizes) {
    socket.send(new Uint8Array(size).fill(size % 251))
    const [message] = await once(socket, 'message')
    expect(new Uint8Array(message.data)).toEqual(new Uint8Array(size).fill(size % 251))
  }
  const [{ rawHeaders = [] } = {}] = opened
  expect(sentAs(rawHeaders, 'txn-token')).toEqual([expect.stringMatching(/^ey/)])
  expect(JSON.stringify(rawHeaders)).not.toMatch(/forged|Bearer/)
  opened[0]?.socket.close(4_000, 'enough')
  const [closed] = await once(socket, 'close')
  expect([closed.code, closed.reason]).toEqual([4_000, 'enough'])
})

test('a WebSocket without a good token never reaches its service', async () => {
  const { port, opened, tokens } = await echoBehindGateway()
  const ask = (...lines: string[]): Promise<string> => sendRaw(port, 'GET /orders/live HTTP/1.1', 'Host: a', ...handshake, ...lines, '', '')
  expect(await ask()).toMatch(/^HTTP\/1\.1 401 .*www-authenticate: Bearer\r\n/is)
  expect(await ask('Authorization: Bearer bad')).toMatch(/^HTTP\/1\.1 401 /)
  tokens.isDown = true
  expect(await ask('Authorization: Bearer good')).toMatch(/^HTTP\/1\.1 503 .*retry-after: 3\r\n/is)
  expect(await sendRaw(port, 'GET /orders/../public HTTP/1.1', 'Host: a', ...handshake, '', '')).toMatch(/^HTTP\/1\.1 400 /)
  expect(await sendRaw(port, 'POST /public HTTP/1.1', 'Host: a', ...handshake, 'Content-Length: 2', '', 'hi')).toMatch(/^HTTP\/1\.1 400 /)
  expect(opened).toEqual([])
})

test('a WebSocket ends on both sides when its principal is revoked', async () => {
  const { open, opened, tokens } = await echoBehindGateway()
  const socket = open('/orders/live', good)
  await once(socket, 'open')
  const served = opened[0]?.socket
  if (served === undefined) throw new Error('The service has no WebSocket.')
  const ended = Promise.all([once(socket, 'close'), once(served, 'close')])
  tokens.revoke()
  await ended
})

test('a service that declines a WebSocket is heard out', async () => {
  const { port } = await behindGateway({}, () => {})
  const declining = await behindGateway()
  declining.service.on('upgrade', (_, socket) =>
    socket.end('HTTP/1.1 426 Upgrade Required\r\nX-Why: because\r\nContent-Length: 2\r\n\r\nno'),
  )
  const answer = await sendRaw(declining.port, 'GET /public HTTP/1.1', 'Host: a', ...handshake, '', '')
  expect(answer).toMatch(/^HTTP\/1\.1 426 .*x-why: because\r\n.*\r\nno$/is)
  // A service that does not know what an upgrade is, and one that is not there.
  expect(await sendRaw(port, 'GET /public HTTP/1.1', 'Host: a', 'Tidings-Timeout-Ms: 30', ...handshake, '', '')).toMatch(/^HTTP\/1\.1 504 /)
  const away = await behindGateway({ locate: { orders: 'http://127.0.0.1:1' } })
  expect(await sendRaw(away.port, 'GET /public HTTP/1.1', 'Host: a', ...handshake, '', '')).toMatch(/^HTTP\/1\.1 503 /)
})

test('a gateway that stops ends its WebSockets', async () => {
  const { open, door } = await echoBehindGateway()
  const socket = open('/public', {})
  await once(socket, 'open')
  const closed = once(socket, 'close')
  await door.stop()
  await closed
})

test('a client that leaves without a word is let go', async () => {
  const { port, opened } = await echoBehindGateway()
  const socket = connect(port, '127.0.0.1')
  socket.write(['GET /public HTTP/1.1', 'Host: a', ...handshake, '', ''].join('\r\n'))
  await once(socket, 'data')
  const served = opened[0]?.socket
  if (served === undefined) throw new Error('The service has no WebSocket.')
  const closed = once(served, 'close')
  socket.destroy()
  await closed
})

test('two gateways with the same address: the second says where it could not listen', async () => {
  const { port, tokens } = await behindGateway()
  const second = gateway({
    port,
    routes: [{ service: 'a', prefix: '/a', access: 'public' }],
    locate: {},
    authenticator: tokens.authenticator,
  })
  await expect(second.start()).rejects.toMatchObject({ code: 'AUTH_GATEWAY_NOT_LISTENING', port })
  expect(second.url).toBeUndefined()
})
