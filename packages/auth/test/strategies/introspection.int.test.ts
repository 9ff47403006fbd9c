import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { introspection } from '../../src/index.ts'
import { closeServer, urlOf } from '../gateway/behind-gateway.ts'

async function endpoint(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => closeServer(server))
  return urlOf(server)
}

const signal = AbortSignal.timeout(30_000)

test.each([
  ['json', 'application/json', '{"token":"t+/=&","token_type_hint":"access_token"}'],
  ['form', 'application/x-www-form-urlencoded', 'token=t%2B%2F%3D%26&token_type_hint=access_token'],
] as const)('an endpoint is asked in %s', async (encoding, type, body) => {
  const asked: unknown[] = []
  const url = await endpoint((request, response) => {
    let text = ''
    request.on('data', (part) => {
      text += part
    })
    request.on('end', () => {
      asked.push([request.method, request.headers['content-type'], request.headers.authorization, text])
      response.end('{"active":true,"sub":"u1"}')
    })
  })
  expect(await introspection(url, { encoding, authorization: 'Basic eDp5' })('t+/=&', signal)).toEqual({ active: true, sub: 'u1' })
  expect(asked).toEqual([['POST', type, 'Basic eDp5', body]])
})

test.each([
  ['another status', 500, '{"active":true}'],
  ['a redirect', 302, ''],
  ['no JSON', 200, 'active'],
  ['no object', 200, 'true'],
  ['nothing about it', 200, '{"sub":"u1"}'],
  ['something like true', 200, '{"active":"true"}'],
  ['null', 200, '{"active":null}'],
  ['too much', 200, JSON.stringify({ active: true, more: 'x'.repeat(70_000) })],
])('%s is no answer: nobody is let in by it, and nobody logged out', async (_, status, body) => {
  const url = await endpoint((_, response) => response.writeHead(status, { location: '/elsewhere' }).end(body))
  await expect(introspection(url)('t', signal)).rejects.toMatchObject({ code: 'AUTH_SERVICE_UNAVAILABLE', retryable: true })
})

test('an inactive token is told as such, with nothing else', async () => {
  const url = await endpoint((_, response) => response.end('{"active":false,"sub":"u1"}'))
  expect(await introspection(url)('t', signal)).toEqual({ active: false })
})
