import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { behindGateway, sendRaw } from './behind-gateway.ts'

const good = 'Authorization: Bearer good'
const hidden = ['GET /orders/hidden HTTP/1.1', 'Host: a', good, 'Connection: close', '', '']

test.each<[string, string[]]>([
  ['a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
  ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
  ['two lengths', ['Content-Length: 0', 'Content-Length: 44']],
  ['two equal lengths', ['Content-Length: 5', 'Content-Length: 5']],
  ['a list of lengths', ['Content-Length: 5, 5']],
  ['a signed length', ['Content-Length: +5']],
  ['a hexadecimal length', ['Content-Length: 0x5']],
  ['another coding', ['Transfer-Encoding: gzip, chunked']],
  ['a coding that nobody knows', ['Transfer-Encoding: xchunked']],
  ['identity', ['Transfer-Encoding: identity', 'Content-Length: 5']],
  ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ['chunked, chunked', ['Transfer-Encoding: chunked, chunked']],
  ['chunked, identity', ['Transfer-Encoding: chunked, identity']],
  ['a quoted coding', ['Transfer-Encoding: "chunked"']],
  ['a space before the colon', ['Transfer-Encoding : chunked']],
  ['a folded header', ['Transfer-Encoding:', ' chunked']],
  ['a vertical tab', ['Transfer-Encoding: \x0bchunked']],
  ['a NUL', ['X: a\0b', 'Transfer-Encoding: chunked']],
  ['a bare CR', ['X: a\rTransfer-Encoding: chunked']],
  ['two hosts', ['Host: b']],
  ['a header without a name', [': a']],
])('%s: a request that two servers could cut differently is refused, and nothing after it is read', async (_, lines) => {
  const { port, received, tokens } = await behindGateway()
  const answer = await sendRaw(port, 'POST /orders HTTP/1.1', 'Host: a', good, ...lines, '', '0', '', ...hidden)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
  expect(tokens.asked).toBe(0)
  expect(received).toEqual([])
})

test.each(['GET /public HTTP/1.1\nHost: a\n\n', 'GET /public HTTP/1.1\r\nHost: a\nX: y\r\n\r\n'])(
  'bare line feeds end no line',
  async (text) => {
    const { port, received } = await behindGateway()
    expect(await sendRaw(port, text)).toMatch(/^HTTP\/1\.1 400 /)
    expect(received).toEqual([])
  },
)

test.each(['', 'Host: a b', 'Host: a@b', 'Host: a/b', 'Host: http://a'])('a host that is none ("%s") is refused', async (host) => {
  const { port, received } = await behindGateway()
  expect(await sendRaw(port, 'GET /public HTTP/1.1', ...(host === '' ? [] : [host]), 'Connection: close', '', '')).toMatch(
    /^HTTP\/1\.1 400 /,
  )
  expect(received).toEqual([])
})

test.each(['ffffffffffffffff1', '-1', '0x1', '1 ;', ' 1', '1\n'])('a chunk of the size "%s" never passes', async (size) => {
  const { port, received } = await behindGateway()
  const answer = await sendRaw(port, 'POST /public HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', '', size, 'a', '0', '', '')
  expect(answer).not.toMatch(/^HTTP\/1\.1 200 /)
  expect(received).toEqual([])
})

test('requests one after another on a connection are each looked at by themselves', async () => {
  const { port, received } = await behindGateway()
  const first = ['POST /orders/1 HTTP/1.1', 'Host: a', good, 'Content-Length: 2', '', 'hi']
  const answer = await sendRaw(port, `${first.join('\r\n')}GET /orders/2 HTTP/1.1`, 'Host: a', 'Connection: close', '', '')
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401'])
  expect(received).toMatchObject([{ url: '/orders/1', body: 'hi' }])
})

test('what cannot be read breaks into no answer that is on its way', async () => {
  const { port } = await behindGateway({}, (_, response) => response.write('first'))
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (part) => {
    if (text === '') socket.write('no request\r\n\r\n')
    text += part
  })
  socket.write('GET /public HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(socket, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 200 /)
  expect(text).not.toContain('400')
})

test('a body that was announced and not sent keeps no next request from being refused', async () => {
  const { port, received } = await behindGateway()
  const head = ['POST /orders HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 60', '', '']
  const answer = await sendRaw(port, ...head, ...hidden)
  expect(answer).toMatch(/^HTTP\/1\.1 401 .*connection: close/is)
  expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
  expect(received).toEqual([])
})

test('whoever may go on is told so before the body', async () => {
  const { port, received } = await behindGateway()
  const head = ['POST /public HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 2', 'Connection: close']
  expect(await sendRaw(port, ...head, '', 'hi')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  expect(received).toMatchObject([{ body: 'hi' }])
  expect(JSON.stringify(received)).not.toMatch(/expect/i)
})

test.each([
  '/orders/../public',
  '/public/..%2forders',
  '/public/%2e%2e/orders',
  '//public',
  '/public;/../orders',
  'http://a/public',
  '/public\\..\\orders',
])('the path %s, which is public or not as one reads it, is refused', async (path) => {
  const { port, received } = await behindGateway()
  expect(await sendRaw(port, `GET ${path} HTTP/1.1`, 'Host: a', 'Connection: close', '', '')).toMatch(/^HTTP\/1\.1 400 /)
  expect(received).toEqual([])
})

test.each(['CONNECT orders:80', 'TRACE /public', 'PRI *', 'OPTIONS *', 'get /public'])('%s is not answered', async (line) => {
  const { port, received } = await behindGateway()
  expect(await sendRaw(port, `${line} HTTP/1.1`, 'Host: a', 'Connection: close', '', '')).not.toMatch(/^HTTP\/1\.1 2/)
  expect(received).toEqual([])
})

test('another protocol is not spoken, and its words mean nothing', async () => {
  const { port, received } = await behindGateway()
  const h2c = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA']
  const answer = await sendRaw(port, 'GET /public HTTP/1.1', 'Host: a', ...h2c, '', '')
  expect(answer).not.toMatch(/^HTTP\/1\.1 101/)
  expect(JSON.stringify(received)).not.toMatch(/h2c|http2/i)
})
