import { systemRuntime } from '@tidings/core'
import { memoryEventLog } from '@tidings/event-store/memory'
import { describe, expect, onTestFinished, test } from 'vitest'
import { guard } from '../../src/express.ts'
import { local } from '../../src/index.ts'
import { sendRaw } from '../gateway/behind-gateway.ts'
import { knownTokens } from '../gateway/known-tokens.ts'
import { TestIssuer } from '../test-issuer.ts'
import { applications, served } from './served.ts'

const good = { authorization: 'Bearer good' }

describe.each(applications)('%s', (_, application) => {
  async function open() {
    const tokens = knownTokens('some')
    const { port, ...rest } = await served(application, tokens.authenticator)
    const get = (path: string, headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers })
    return { tokens, port, get, ...rest }
  }

  test('who is let in is known to the handler', async () => {
    const { get } = await open()
    const response = await get('/me', good)
    expect([response.status, await response.text()]).toEqual([200, 'u1'])
  })

  test('no token and a bad one are 401, a lack of scopes 403, each with its challenge', async () => {
    const { get } = await open()
    const answer = async (path: string, headers?: Record<string, string>) => {
      const response = await get(path, headers)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(await response.json()).toMatchObject({ status: response.status, code: expect.any(String) })
      return [response.status, response.headers.get('www-authenticate')]
    }
    expect(await answer('/me')).toEqual([401, 'Bearer'])
    expect(await answer('/me', { authorization: 'Bearer bad' })).toEqual([401, 'Bearer error="invalid_token"'])
    const [status, challenge] = await answer('/all', good)
    expect(status).toBe(403)
    expect(challenge).toMatch(/^Bearer error="insufficient_scope".*scope="all"/)
  })

  test('what cannot be decided is 503 with Retry-After, and the handler is not called', async () => {
    const { tokens, get } = await open()
    tokens.isDown = true
    const response = await get('/me', good)
    expect([response.status, response.headers.get('retry-after'), response.headers.get('www-authenticate')]).toEqual([503, '3', null])
    expect(await response.json()).toMatchObject({ code: 'AUTHENTICATION_UNDECIDED' })
  })

  test('two Authorization headers are refused, even where both are good', async () => {
    const { port } = await open()
    const twice = ['Authorization: Bearer good', 'Authorization: Bearer good']
    expect(await sendRaw(port, 'GET /me HTTP/1.1', 'Host: a', 'Connection: close', ...twice, '', '')).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('where anyone may ask, a good token is known and a bad one means nobody', async () => {
    const { get } = await open()
    expect(await (await get('/maybe')).text()).toBe('nobody')
    expect(await (await get('/maybe', { authorization: 'Bearer bad' })).text()).toBe('nobody')
    expect(await (await get('/maybe', good)).text()).toBe('u1')
  })

  test('a new token in place of an expired one is handed back, and kept by no cache', async () => {
    const { get } = await open()
    const { headers, status } = await get('/me', { authorization: 'Bearer old' })
    expect([status, headers.get('tidings-renewed-token'), headers.get('cache-control')]).toEqual([200, 'good', 'no-store'])
  })

  test('the principal’s signal is aborted when a real user is blocked while the handler runs', async () => {
    const runtime = systemRuntime
    const log = memoryEventLog()
    const issuer = await TestIssuer.create(log, runtime)
    await issuer.beat()
    const authenticator = local({ issuer: 'auth', audience: 'shop', keys: async () => issuer.jwks, log, runtime })
    await authenticator.start()
    onTestFinished(() => authenticator.stop())
    await expect.poll(() => authenticator.readiness().ready).toBe(true)
    const { port, waiting, aborted } = await served(application, authenticator)
    const answer = fetch(`http://127.0.0.1:${port}/wait`, { headers: { authorization: `Bearer ${await issuer.token()}` } })
    await waiting
    await issuer.block('u1')
    await aborted
    expect(await (await answer).text()).toBe('done')
  })
})

test('a principal of a request that has not passed the guard is no one’s to ask for', () => {
  const { authenticator } = knownTokens()
  expect(() => guard(authenticator, 'authenticated').principalOf({} as Parameters<ReturnType<typeof guard>>[0])).toThrow(
    /has not passed this guard/,
  )
})
