import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { behindGateway, sendRaw, sentAs } from './behind-gateway.ts'

const good = { authorization: 'Bearer good' }

test('a request reaches its service with a token for that service alone, and never with the client’s', async () => {
  const { url, received } = await behindGateway()
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const response = await fetch(`${url}/orders/o%20+1?a=b%2Fc`, {
    method: 'POST',
    body: 'hello',
    headers: { ...good, traceparent, tracestate: 'a=b', 'idempotency-key': 'k1', 'x-forwarded-for': '6.6.6.6' },
  })
  expect([response.status, await response.json()]).toEqual([200, { ok: true }])
  const [{ rawHeaders = [], ...rest } = {}] = received
  expect(rest).toMatchObject({ method: 'POST', url: '/orders/o%20+1?a=b%2Fc', body: 'hello' })
  expect(sentAs(rawHeaders, 'authorization')).toEqual([])
  expect(JSON.stringify(rawHeaders)).not.toContain('Bearer')
  expect(sentAs(rawHeaders, 'traceparent')).toEqual([traceparent])
  expect(sentAs(rawHeaders, 'tracestate')).toEqual(['a=b'])
  expect(sentAs(rawHeaders, 'idempotency-key')).toEqual(['k1'])
  expect(sentAs(rawHeaders, 'x-forwarded-for')).toEqual(['127.0.0.1'])
  expect(sentAs(rawHeaders, 'x-forwarded-host')).toEqual([new URL(url).host])
  expect(sentAs(rawHeaders, 'via')).toEqual(['1.1 tidings'])
  const [token = '', ...more] = sentAs(rawHeaders, 'txn-token')
  expect(more).toEqual([])
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/gateway-jwks.json`))
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    audience: 'orders',
    issuer: 'urn:tidings:gateway',
    typ: 'txntoken+jwt',
  })
  expect(protectedHeader.alg).toBe('ES256')
  expect(payload).toMatchObject({ sub: 'u1', scope: 'orders:read', aud: 'orders' })
  expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(60)
})

test('who asks is authenticated once, and not at all for what is public', async () => {
  const { url, tokens, received } = await behindGateway()
  await (await fetch(`${url}/public`, { headers: good })).text()
  expect(tokens.asked).toBe(0)
  expect(sentAs(received[0]?.rawHeaders ?? [], 'txn-token')).toEqual([])
  await (await fetch(`${url}/orders`, { headers: good })).text()
  expect(tokens.asked).toBe(1)
})

test('no token, a bad token and a lack of scopes are answered as RFC 6750 says, and an outage lets no one in', async () => {
  const { url, tokens, received } = await behindGateway()
  const answer = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(`${url}${path}`, { headers })
    const { status, headers: got } = response
    expect(got.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) })
    return [status, got.get('www-authenticate'), got.get('retry-after')]
  }
  expect(await answer('/orders', {})).toEqual([401, 'Bearer', null])
  expect(await answer('/orders', { authorization: 'Bearer bad' })).toEqual([401, 'Bearer error="invalid_token"', null])
  expect(await answer('/orders/all/x', good)).toEqual([403, 'Bearer error="insufficient_scope", scope="orders:all"', null])
  expect((await fetch(`${url}/orders/mine`, { headers: good })).status).toBe(200)
  tokens.isDown = true
  expect(await answer('/orders', good)).toEqual([503, null, '3'])
  expect(received).toHaveLength(1)
  expect((await fetch(`${url}/ready`)).status).toBe(503)
  expect((await fetch(`${url}/live`)).status).toBe(200)
})

test('a new token in place of an expired one is handed back', async () => {
  const { url } = await behindGateway()
  const response = await fetch(`${url}/orders`, { headers: { authorization: 'Bearer old' } })
  expect(response.headers.get('tidings-renewed-token')).toBe('good')
})

test('what the service says of itself stays inside, and what it says to the client arrives', async () => {
  const { url } = await behindGateway({}, (_, response) => {
    const cookies = ['set-cookie', 'a=1', 'set-cookie', 'b=2']
    const inner = ['Connection', 'x-hop', 'X-Hop', '1', 'Txn-Token', 'secret', 'Tidings-Inner', 'secret', 'Keep-Alive', 'timeout=5']
    response.writeHead(201, [...cookies, ...inner, 'etag', '"e"']).end('made')
  })
  const response = await fetch(`${url}/public`)
  expect([response.status, await response.text(), response.headers.getSetCookie(), response.headers.get('etag')]).toEqual([
    201,
    'made',
    ['a=1', 'b=2'],
    '"e"',
  ])
  for (const name of ['x-hop', 'txn-token', 'tidings-inner']) expect(response.headers.get(name)).toBeNull()
})

test('bodies pass piece by piece both ways', async () => {
  const { url } = await behindGateway({}, (request, response) => request.pipe(response))
  const pieces = new Readable({ read() {} })
  const request = httpRequest(`${url}/public`, { method: 'POST' })
  pieces.pipe(request)
  pieces.push('one')
  const [response] = await once(request, 'response')
  expect(String((await once(response, 'data'))[0])).toBe('one')
  pieces.push('two')
  expect(String((await once(response, 'data'))[0])).toBe('two')
  pieces.push(null)
  response.resume()
  await once(response, 'end')
})

test('a service that sends faster than its client reads is slowed down', async () => {
  let written = 0
  const { url } = await behindGateway({}, (_, response) => {
    const piece = Buffer.alloc(65_536)
    const write = (): void => {
      while (written < 200_000_000 && response.write(piece)) written += piece.length
      written += piece.length
      if (written < 200_000_000) response.once('drain', write)
      else response.end()
    }
    write()
  })
  const request = httpRequest(`${url}/public`).end()
  onTestFinished(() => void request.destroy())
  const [response] = await once(request, 'response')
  response.pause()
  let before = -1
  const stands = (): boolean => {
    const same = written === before
    before = written
    return same
  }
  await expect.poll(stands, { interval: 200 }).toBe(true)
  expect(written).toBeLessThan(100_000_000)
})

test('a body over the limit is refused, told beforehand or not', async () => {
  const { url, received } = await behindGateway({ bodyLimitBytes: 10 })
  expect((await fetch(`${url}/public`, { method: 'POST', body: '0123456789' })).status).toBe(200)
  expect((await fetch(`${url}/public`, { method: 'POST', body: '0123456789+' })).status).toBe(413)
  const stream = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode('0123456789+'))
      controller.close()
    },
  })
  const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit
  expect((await fetch(`${url}/public`, init)).status).toBe(413)
  expect(received).toHaveLength(1)
})

test('a client that leaves ends the request at the service', async () => {
  const gone = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const { url } = await behindGateway({}, (_, response) => {
    response.once('close', () => gone.resolve())
    arrived.resolve()
  })
  const request = httpRequest(`${url}/public`).on('error', () => {})
  request.end()
  await arrived.promise
  request.destroy()
  await gone.promise
})

test('a principal that is revoked while its request runs loses the connection to the service', async () => {
  const gone = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const { url, tokens } = await behindGateway({}, (_, response) => {
    response.once('close', () => gone.resolve())
    arrived.resolve()
  })
  const answer = fetch(`${url}/orders`, { headers: good })
  await arrived.promise
  tokens.revoke()
  await gone.promise
  const response = await answer
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
})

test('an answer that had begun breaks off when its principal is revoked', async () => {
  const { url, tokens } = await behindGateway({}, (_, response) => response.write('first'))
  const response = await fetch(`${url}/orders`, { headers: good })
  const reader = response.body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first')
  tokens.revoke()
  await expect(reader?.read()).rejects.toThrow()
})

test('a service that is away is 503, one that answers too late 504, one that breaks off 502', async () => {
  const away = await behindGateway({ locate: { orders: 'http://127.0.0.1:1' } })
  const refused = await fetch(`${away.url}/public`)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  const slow = await behindGateway({}, () => {})
  const late = await fetch(`${slow.url}/public`, { headers: { 'tidings-timeout-ms': '30' } })
  expect([late.status, await late.json()]).toMatchObject([504, { code: 'REQUEST_TIMED_OUT' }])
  const broken = await behindGateway({}, (request) => request.socket.destroy())
  expect((await fetch(`${broken.url}/public`, { method: 'POST', body: 'x' })).status).toBe(502)
  const noHttp = await behindGateway({}, (request) =>
    request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
  )
  expect((await fetch(`${noHttp.url}/public`)).status).toBe(502)
  const unknown = await behindGateway({ locate: {} })
  expect((await fetch(`${unknown.url}/public`)).status).toBe(503)
})

test('an answer that breaks off never looks whole', async () => {
  const { port } = await behindGateway({}, (_, response) => {
    response.write('half')
    setImmediate(() => response.destroy())
  })
  const text = await sendRaw(port, 'GET /public HTTP/1.1', 'Host: a', '', '')
  expect(text).not.toMatch(/0\r\n\r\n$/)
})

test('the time that a client gives is what the service has, less what has passed', async () => {
  const { url, received } = await behindGateway()
  await (await fetch(`${url}/public`, { headers: { 'tidings-timeout-ms': '5000' } })).text()
  await (await fetch(`${url}/public`, { headers: { 'tidings-timeout-ms': '999999' } })).text()
  const [given = 0, most = 0] = received.map(({ rawHeaders }) => Number(sentAs(rawHeaders, 'tidings-timeout-ms')))
  expect(given).toBeGreaterThan(0)
  expect(given).toBeLessThanOrEqual(5_000)
  expect(most).toBeLessThanOrEqual(10_000)
  expect((await fetch(`${url}/public`, { headers: { 'tidings-timeout-ms': '0' } })).status).toBe(504)
  expect(received).toHaveLength(2)
})

test('a path that nothing has is 404, a method that it does not take 405', async () => {
  const { url } = await behindGateway()
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
  expect((await fetch(`${url}/ordersx`, { headers: good })).status).toBe(404)
  expect((await fetch(`${url}/Orders`, { headers: good })).status).toBe(404)
  expect((await fetch(`${url}/live`, { method: 'POST' })).status).toBe(405)
})

test('more at once than a service may have is refused at once, and others are served', async () => {
  const release = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const { url } = await behindGateway({ maxInFlightPerService: 1 }, async (_, response) => {
    arrived.resolve()
    await release.promise
    response.end('done')
  })
  const first = fetch(`${url}/public`)
  await arrived.promise
  expect((await fetch(`${url}/public`)).status).toBe(503)
  release.resolve()
  expect(await (await first).text()).toBe('done')
  expect((await fetch(`${url}/public`)).status).toBe(200)
})

test('a gateway that stops finishes what is in flight and takes nothing new', async () => {
  const release = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const { url, door, port } = await behindGateway({}, async (_, response) => {
    arrived.resolve()
    await release.promise
    response.end('done')
  })
  const first = fetch(`${url}/public`)
  await arrived.promise
  const stopped = door.stop()
  await expect(sendRaw(port, 'GET /public HTTP/1.1', 'Host: a', '', '')).rejects.toThrow()
  release.resolve()
  const response = await first
  expect([await response.text(), response.headers.get('connection')]).toEqual(['done', 'close'])
  await stopped
  expect(door.url).toBeUndefined()
})
