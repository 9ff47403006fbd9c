import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Authentication,
  type AuthenticationRequest,
  type Authenticator,
  command,
  defineContract,
  defineService,
  query,
} from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { AuthenticationMissing, httpServer } from '@tidings/http'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'

const nothing = z.object({})
const caller = z.object({ id: z.string(), scopes: z.array(z.string()) })
const rooms = defineContract('rooms', {
  operations: {
    hall: query({ input: nothing, output: caller, access: 'public', http: 'GET /hall' }),
    porch: query({ input: nothing, output: caller, access: 'optional', http: 'GET /porch' }),
    parlour: query({ input: nothing, output: caller, access: 'authenticated', http: 'GET /parlour' }),
    vault: command({ input: z.object({ gold: z.int() }), output: caller, access: { scopes: ['keys', 'gold'] }, http: 'POST /vault' }),
  },
})
const tell = async (_input: unknown, { principal }: { principal: { id: string; scopes: ReadonlySet<string> } }) => ({
  id: principal.id,
  scopes: [...principal.scopes],
})
const roomsService = defineService(rooms).implement({ hall: tell, porch: tell, parlour: tell, vault: tell })

const { signal } = new AbortController()
const answers: Readonly<Record<string, Authentication>> = {
  anna: { outcome: 'authenticated', principal: { id: 'anna', scopes: new Set(['keys']), signal } },
  root: { outcome: 'authenticated', principal: { id: 'root', scopes: new Set(['gold', 'keys']), signal }, renewedToken: 'root2' },
  dunno: { outcome: 'undecided', code: 'AUTH_SERVICE_UNAVAILABLE', retryAfterMs: 2_500 },
}
const bad = { status: 401, challenge: 'Bearer error="invalid_token"', code: 'AUTH_SECRET_REASON' } as const

/** Knows tokens by heart. */
class KnownTokens implements Authenticator {
  state: 'new' | 'started' | 'stopped' = 'new'
  isReady = true
  asked = 0

  async start(): Promise<void> {
    this.state = 'started'
  }

  async authenticate({ header }: AuthenticationRequest): Promise<Authentication> {
    this.asked++
    const values = header('authorization')
    if (values.length === 0) return { outcome: 'anonymous', refusal: { status: 401, challenge: 'Bearer', code: 'NONE' } }
    return answers[values.join('+').replace('Bearer ', '')] ?? { outcome: 'refused', refusal: bad }
  }

  readiness() {
    return this.isReady ? { ready: true, reasons: [], notes: ['all known'] } : { ready: false, reasons: ['no keys yet'], notes: [] }
  }

  async stop(): Promise<void> {
    this.state = 'stopped'
  }
}

async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tidings-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

async function serve(authenticator?: Authenticator) {
  const server = httpServer({ port: 0, ...(authenticator === undefined ? {} : { authenticator }) })
  const system = createSystem({ services: [roomsService], server, directory: await temporaryDirectory() })
  onTestFinished(() => system.stop())
  await system.start()
  const call = async (path: string, token?: string, options: RequestInit = {}) => {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...options.headers }
    const response = await fetch(`${server.url}${path}`, { ...options, headers })
    const [challenge, retryAfter, renewed] = ['www-authenticate', 'retry-after', 'tidings-renewed-token'].map((name) =>
      response.headers.get(name),
    )
    return { status: response.status, body: await response.json(), challenge, retryAfter, renewed }
  }
  return { call, system, url: server.url ?? '' }
}

const gold = { method: 'POST', body: '{"gold":1}', headers: { 'content-type': 'application/json' } }

test('each operation lets in whom its rule names, and its handler knows who that is', async () => {
  const { call } = await serve(new KnownTokens())
  expect(await call('/parlour', 'anna')).toMatchObject({ status: 200, body: { id: 'anna', scopes: ['keys'] } })
  expect(await call('/vault', 'root', gold)).toMatchObject({ status: 200, body: { id: 'root' } })
  expect(await call('/porch', 'anna')).toMatchObject({ status: 200, body: { id: 'anna' } })
  expect(await call('/porch')).toMatchObject({ status: 200, body: { id: 'anyone' } })
  expect(await call('/hall', 'anna')).toMatchObject({ status: 200, body: { id: 'anyone' } })
  // The same rules hold at the address for other processes.
  const internal = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'tidings-timeout-ms': '9000' } }
  expect(await call('/rooms/parlour', undefined, internal)).toMatchObject({
    status: 401,
    challenge: 'Bearer',
    body: { error: { code: 'UNAUTHENTICATED', retryable: false } },
  })
  expect(await call('/rooms/parlour', 'anna', internal)).toMatchObject({ status: 200, body: { output: { id: 'anna' } } })
})

test('whoever is not let in gets the right challenge, and no reason that would help to forge', async () => {
  const { call } = await serve(new KnownTokens())
  expect(await call('/parlour')).toMatchObject({ status: 401, challenge: 'Bearer', body: { code: 'UNAUTHENTICATED' } })
  const refused = await call('/parlour', 'forged')
  expect(refused).toMatchObject({ status: 401, challenge: bad.challenge, body: { code: 'UNAUTHENTICATED' } })
  expect(JSON.stringify(refused)).not.toMatch(/AUTH_SECRET_REASON|forged/)
  const narrow = 'Bearer error="insufficient_scope", scope="keys gold"'
  expect(await call('/vault', 'anna', gold)).toMatchObject({ status: 403, challenge: narrow, body: { code: 'FORBIDDEN' } })
})

test('where nothing can be decided nobody is let in and nobody is logged out', async () => {
  const { call } = await serve(new KnownTokens())
  const answer = { status: 503, retryAfter: '3', challenge: null, body: { code: 'AUTHENTICATION_UNDECIDED' } }
  expect(await call('/parlour', 'dunno')).toMatchObject(answer)
  expect(await call('/porch', 'dunno')).toMatchObject({ status: 200, body: { id: 'anyone' } })
})

test('a bad credential is refused before the body is read, and an open operation asks nobody', async () => {
  const authenticator = new KnownTokens()
  const { call } = await serve(authenticator)
  expect(await call('/vault', 'forged', { ...gold, body: '{' })).toMatchObject({ status: 401 })
  expect(authenticator.asked).toBe(1)
  await call('/hall', 'dunno')
  expect(authenticator.asked).toBe(1)
})

test('two credentials are shown to the authenticator as two', async () => {
  const { url } = await serve(new KnownTokens())
  const status = await new Promise((resolve, reject) => {
    const headers = ['authorization', 'Bearer anna', 'Authorization', 'Bearer root', 'host', 'x']
    request(`${url}/parlour`, { headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  expect(status).toBe(401)
})

test('a caller whose token was renewed finds the new one in the answer', async () => {
  const { call } = await serve(new KnownTokens())
  expect(await call('/parlour', 'root')).toMatchObject({ status: 200, renewed: 'root2' })
  expect(await call('/parlour', 'anna')).toMatchObject({ status: 200, renewed: null })
})

test('a server starts and stops its authenticator, and is ready when that is', async () => {
  const authenticator = new KnownTokens()
  const { call, system } = await serve(authenticator)
  expect(await call('/ready')).toMatchObject({ status: 200, body: { ready: true, notes: ['all known'] } })
  authenticator.isReady = false
  expect(await call('/ready')).toMatchObject({ status: 503, body: { ready: false, reasons: ['no keys yet'] } })
  expect(authenticator.state).toBe('started')
  await system.stop()
  expect(authenticator.state).toBe('stopped')
})

test('without an authenticator what is guarded is not served over HTTP, and the program itself may call it', async () => {
  await expect(serve()).rejects.toThrow(AuthenticationMissing)
  const system = createSystem({ services: [roomsService], directory: await temporaryDirectory() })
  onTestFinished(() => system.stop())
  await system.start()
  expect(await system.call('rooms').vault({ gold: 1 })).toEqual({ id: 'system', scopes: [] })
})
