import { expect, test } from 'vitest'
import { behindGateway, sendRaw, sentAs } from './behind-gateway.ts'

const forged = [
  'Txn-Token: forged',
  'txn-token: forged',
  'TXN-TOKEN: forged',
  'Txn_Token: forged',
  'txn.token: forged',
  'txn--token: forged',
  '_Txn-Token: forged',
  'Txn-Token_: forged',
  'Tidings-Principal: forged',
  'TIDINGS_PRINCIPAL: forged',
  'tIdInGs_-principal: forged',
  'Tidings-Form: forged',
  'X-Tidings-User: forged',
  'Tidings-Correlation-Id: forged',
  'Authorization_: Bearer forged',
  'X-Forwarded-For: forged',
  'X_Forwarded_Host: forged',
  'X-Forwarded-User: forged',
  'Forwarded: for=forged',
  'X-Original-URL: /forged',
  'X_Rewrite_URL: /forged',
  'X-HTTP-Method-Override: FORGED',
  'X-Real-IP: forged',
  'Content_Length: 7; forged',
  'Transfer_Encoding: forged',
  'Host_: forged',
]

test.each(forged)('"%s" from a client never reaches a service', async (line) => {
  const { port, received } = await behindGateway()
  for (const path of ['/public', '/orders']) {
    const head = [`GET ${path} HTTP/1.1`, 'Host: a', 'Authorization: Bearer good', 'Connection: close']
    // Once, twice, and with the name given to the connection alone.
    expect(await sendRaw(port, ...head, line, '', '')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await sendRaw(port, ...head, line, line, '', '')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await sendRaw(port, ...head, `Connection: ${line.split(':')[0]}`, line, '', '')).toMatch(/^HTTP\/1\.1 200 /)
  }
  expect(received).toHaveLength(6)
  expect(JSON.stringify(received).toLowerCase()).not.toContain('forged')
})

test('what Connection names is not passed on, and takes nothing of the gateway’s own away', async () => {
  const { port, received } = await behindGateway()
  const named = 'Txn-Token, x_forwarded_for, Tidings-Timeout-Ms, X-Secret, traceparent, via, host, content-length, Tidings-Form'
  const head = ['POST /orders HTTP/1.1', 'Host: a', 'Authorization: Bearer good', 'Content-Length: 2']
  await sendRaw(port, ...head, `Connection: close, ${named}`, 'X-Secret: hop', 'X_SECRET: hop', '', 'hi')
  const [{ rawHeaders = [], body } = {}] = received
  expect(body).toBe('hi')
  expect(sentAs(rawHeaders, 'txn-token')).toEqual([expect.stringMatching(/^ey/)])
  expect(sentAs(rawHeaders, 'x-forwarded-for')).toEqual(['127.0.0.1'])
  expect(sentAs(rawHeaders, 'tidings-form')).toEqual(['public'])
  expect(sentAs(rawHeaders, 'tidings-timeout-ms')).toHaveLength(1)
  expect(sentAs(rawHeaders, 'content-length')).toEqual(['2'])
  expect(JSON.stringify(rawHeaders)).not.toContain('hop')
})

test('trailers never reach a service, whatever they are called', async () => {
  const { port, received } = await behindGateway()
  const head = ['POST /orders HTTP/1.1', 'Host: a', 'Authorization: Bearer good', 'Connection: close', 'Trailer: Txn-Token, X-Other']
  const answer = await sendRaw(
    port,
    ...head,
    'Transfer-Encoding: chunked',
    '',
    '2',
    'hi',
    '0',
    'Txn-Token: forged',
    'X-Other: forged',
    '',
    '',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(received).toMatchObject([{ body: 'hi', trailers: [] }])
  expect(JSON.stringify(received)).not.toMatch(/forged|"trailer"/i)
})

test('a trailer is no credential', async () => {
  const { port, received } = await behindGateway()
  const head = ['POST /orders HTTP/1.1', 'Host: a', 'Connection: close', 'Trailer: Authorization', 'Transfer-Encoding: chunked']
  expect(await sendRaw(port, ...head, '', '0', 'Authorization: Bearer good', '', '')).toMatch(/^HTTP\/1\.1 401 /)
  expect(received).toEqual([])
})

test('two Authorization headers are refused, even where both are good', async () => {
  const { port, received } = await behindGateway()
  const twice = ['Authorization: Bearer good', 'authorization: Bearer good']
  const answer = await sendRaw(port, 'GET /orders HTTP/1.1', 'Host: a', 'Connection: close', ...twice, '', '')
  expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  expect(answer).toMatch(/www-authenticate: Bearer error="invalid_token"/i)
  expect(received).toEqual([])
})

test.each(['access_token=good', 'a=b&access_token=good', 'ACCESS_TOKEN=good', '%61ccess_token=good'])(
  'a token in the query is refused: ?%s',
  async (search) => {
    const { port, received } = await behindGateway()
    for (const line of ['Authorization: Bearer good', 'X-None: a']) {
      const answer = await sendRaw(port, `GET /orders?${search} HTTP/1.1`, 'Host: a', 'Connection: close', line, '', '')
      expect(answer).toMatch(/^HTTP\/1\.1 401 /)
      expect(answer).toMatch(/www-authenticate: Bearer error="invalid_request"/i)
    }
    expect(received).toEqual([])
  },
)

test('a proxy is believed about where a request came from only when it is trusted', async () => {
  const { port, received } = await behindGateway({ trustedProxies: ['127.0.0.0/8'] })
  await sendRaw(
    port,
    'GET /public HTTP/1.1',
    'Host: a',
    'Connection: close',
    'X-Forwarded-For: 203.0.113.9',
    'X-Forwarded-Proto: https',
    '',
    '',
  )
  const [{ rawHeaders = [] } = {}] = received
  expect(sentAs(rawHeaders, 'x-forwarded-for')).toEqual(['203.0.113.9, 127.0.0.1'])
  expect(sentAs(rawHeaders, 'x-forwarded-proto')).toEqual(['https'])
})
