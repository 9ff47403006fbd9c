import { type HttpServer, httpServer } from '@tidings/http'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { verifyCompact } from '../../src/verify-compact.ts'
import { anna, type Place } from './fixtures.ts'
import { onEachStore } from './on-each-store.ts'
import { type AuthOptions, claimsOf, startAuth } from './start-auth.ts'

const administrator = { email: 'root@example.org', password: 'the real one' }
const generous = { perAddress: { times: 1_000, windowMs: 1_000 } }

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a route answers is looked at field by field
  readonly body: any
  readonly headers: Headers
}

async function serve(place: Place, options: AuthOptions = {}) {
  let server: HttpServer | undefined
  const auth = await startAuth(place, { administrator, limits: generous, ...options }, undefined, (authenticator) => {
    server = httpServer({ port: 0, authenticator })
    return server
  })
  const url = server?.url ?? expect.fail('it does not listen')
  const ask = async (method: string, path: string, body?: object, token?: string): Promise<Answer> => {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    return { status: response.status, body: await response.json(), headers: response.headers }
  }
  return {
    ...auth,
    url,
    get: (path: string) => ask('GET', path),
    post: (path: string, body?: object, token?: string) => ask('POST', path, body, token),
  }
}

onEachStore((place) => {
  test('everything that clients do works at the routes that the contract names', async () => {
    const { post, get, url } = await serve(await place())
    const registered = await post('/auth/register', anna)
    expect(registered).toMatchObject({ status: 201, body: { expiresInS: 600 } })
    expect(Object.keys(registered.body).sort()).toEqual(['accessToken', 'expiresInS', 'refreshToken', 'userId'])
    const { userId, accessToken, refreshToken } = registered.body
    expect((await post('/auth/login', anna)).status).toBe(200)
    const refreshed = await post('/auth/refresh', { refreshToken })
    expect(refreshed).toMatchObject({ status: 200, body: { userId } })
    const jwks = await get('/.well-known/jwks.json')
    expect(jwks.body.keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
    await verifyCompact(refreshed.body.accessToken, jwks.body)
    expect((await post('/auth/introspect', { token: accessToken })).body).toMatchObject({ active: true, sub: userId })
    const form = await fetch(`${url}/auth/introspect`, { method: 'POST', body: new URLSearchParams({ token: accessToken }) })
    expect(await form.json()).toMatchObject({ active: true, sub: userId })
    const { body: root } = await post('/auth/login', administrator)
    for (const [verb, state] of Object.entries({ suspend: 'suspended', resume: 'active', block: 'blocked', unblock: 'active' })) {
      expect(await post(`/auth/users/${userId}/${verb}`, undefined, root.accessToken)).toMatchObject({
        status: 200,
        body: { userId, state },
      })
    }
    expect((await post('/auth/introspect', { token: accessToken })).body).toEqual({ active: false })
    const again = (await post('/auth/login', anna)).body
    expect(await post('/auth/revoke', { token: again.accessToken })).toMatchObject({ status: 200, body: {} })
    expect((await post('/auth/introspect', { token: again.accessToken })).body).toEqual({ active: false })
    expect(await post('/auth/logout', { refreshToken: again.refreshToken })).toMatchObject({ status: 200, body: {} })
    expect((await post('/auth/refresh', { refreshToken: again.refreshToken })).status).toBe(401)
    expect((await post('/auth/keys/rotate', {}, root.accessToken)).status).toBe(200)
    expect((await get('/.well-known/jwks.json')).body.keys).toHaveLength(2)
  })

  test('the caller is told apart by their token: sign out of this session, or of all', async () => {
    const { post } = await serve(await place())
    const { body: one } = await post('/auth/register', anna)
    const { body: two } = await post('/auth/login', anna)
    const { body: three } = await post('/auth/login', anna)
    const isActive = async ({ accessToken }: { accessToken: string }) =>
      (await post('/auth/introspect', { token: accessToken })).body.active
    expect(await post('/auth/logout', undefined, one.accessToken)).toMatchObject({ status: 200 })
    expect(await Promise.all([one, two, three].map(isActive))).toEqual([false, true, true])
    expect((await post('/auth/logout')).status).toBe(401)
    expect((await post('/auth/logout-everywhere', {}, two.accessToken)).status).toBe(200)
    expect(await Promise.all([one, two, three].map(isActive))).toEqual([false, false, false])
    const other = (await post('/auth/register', { ...anna, email: 'eve@example.org' })).body
    const stranger = { userId: one.userId }
    expect(await post('/auth/logout-everywhere', stranger, other.accessToken)).toMatchObject({ status: 403, body: { reason: 'NotYours' } })
  })

  test('only an administrator may block, rotate or read nothing of others, and whoever else tries gets the right challenge', async () => {
    const { post } = await serve(await place())
    const { body: user } = await post('/auth/register', anna)
    const path = `/auth/users/${user.userId}/block`
    const anyone = await post(path)
    expect([anyone.status, anyone.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const forged = await post(path, undefined, `${user.accessToken.slice(0, -4)}AAAA`)
    expect([forged.status, forged.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    const refresh = await post(path, undefined, user.refreshToken)
    expect([refresh.status, refresh.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')])
    const customer = await post(path, undefined, user.accessToken)
    expect([customer.status, customer.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="auth:admin"',
    ])
    expect((await post('/auth/keys/rotate', {}, user.accessToken)).status).toBe(403)
    const { body: root } = await post('/auth/login', administrator)
    await post(`/auth/users/${root.userId}/block`, undefined, root.accessToken)
    // Their own token is dead from that moment.
    expect((await post(path, undefined, root.accessToken)).status).toBe(401)
  })

  test('what is refused says so with the right status, and never as a fault of the service', async () => {
    const { post, lines } = await serve(await place())
    const { body: user } = await post('/auth/register', anna)
    const wrong = await post('/auth/login', { ...anna, password: 'wrong password' })
    expect([wrong.status, wrong.body.reason, wrong.headers.get('www-authenticate')]).toEqual([401, 'CredentialsWrong', 'Bearer'])
    expect(await post('/auth/register', anna)).toMatchObject({ status: 409, body: { reason: 'EmailTaken' } })
    expect((await post('/auth/register', { email: 'no address', password: 'long enough' })).status).toBe(400)
    expect((await post('/auth/register', { email: 'b@example.org', password: 'short' })).status).toBe(400)
    expect((await post('/auth/login', { ...anna, isAdmin: true })).status).toBe(400)
    expect(await post('/auth/refresh', { refreshToken: user.accessToken })).toMatchObject({
      status: 401,
      body: { reason: 'RefreshRefused' },
    })
    const { body: root } = await post('/auth/login', administrator)
    expect((await post('/auth/users/nobody/block', undefined, root.accessToken)).status).toBe(404)
    await post(`/auth/users/${user.userId}/block`, undefined, root.accessToken)
    expect(await post('/auth/login', anna)).toMatchObject({ status: 403, body: { reason: 'AccessBlocked', facts: { state: 'blocked' } } })
    expect(await post('/auth/refresh', user)).toMatchObject({ status: 400 })
    expect(await post('/auth/refresh', { refreshToken: user.refreshToken })).toMatchObject({ status: 403 })
    expect((await post(`/auth/users/${user.userId}/resume`, undefined, root.accessToken)).status).toBe(409)
    for (const secretText of [anna.password, 'wrong password', user.refreshToken, user.accessToken, administrator.password])
      expect(lines.join()).not.toContain(secretText)
  })

  test('an idempotency key leaves no token behind in the database', async () => {
    const where = await place()
    const { url, system, client } = await serve(where)
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k1' }
    const register = () => fetch(`${url}/auth/register`, { method: 'POST', headers, body: JSON.stringify(anna) })
    expect([(await register()).status, (await register()).status]).toEqual([201, 409])
    await client.login(anna, { idempotencyKey: 'k2' })
    await client.block({ userId: (await client.login(anna)).userId }, { idempotencyKey: 'k3' })
    const kept = await system.in('auth', (ctx) => ledgerOf(where, ctx.db))
    // That of the block, so it is looked at in the right place.
    expect(kept).toContain('blocked')
    expect(kept).not.toContain('accessToken')
  })

  test('from one address so many may try, at one account so many may guess, and both are told when to come again', async () => {
    const limits = { perAddress: { times: 20, windowMs: 60_000 }, perAccount: { times: 3, windowMs: 900_000 } }
    const { post, clock } = await serve(await place(), { limits })
    expect((await post('/auth/register', anna)).status).toBe(201)
    const guess = () => post('/auth/login', { ...anna, password: 'a guess' })
    const guesses = await Promise.all(Array.from({ length: 6 }, guess))
    expect(guesses.map(({ status }) => status).sort()).toEqual([401, 401, 401, 429, 429, 429])
    const tooMany = guesses.find(({ status }) => status === 429)
    expect(tooMany?.headers.get('retry-after')).toBe('300')
    // Not even with the right password: whether it is right must not be told by the limit.
    expect(await post('/auth/login', anna)).toMatchObject({ status: 429, body: { reason: 'TooManyAttempts' } })
    clock.ms += 300_000
    expect((await post('/auth/login', anna)).status).toBe(200)
    // Right passwords use up nothing of the account's.
    for (let times = 0; times < 4; times++) expect((await post('/auth/login', anna)).status).toBe(200)
    const others = await Promise.all(Array.from({ length: 20 }, (_, i) => post('/auth/login', { ...anna, email: `u${i}@example.org` })))
    expect(others.filter(({ status }) => status === 401)).toHaveLength(15)
    expect(others.filter(({ status }) => status === 429).map(({ headers }) => headers.get('retry-after'))).toContain('3')
  })

  test('services with the key have an expired token renewed, for a while and for as long as its session lives', async () => {
    const key = 'a key that services share with the issuer'
    const { client, clock } = await startAuth(await place(), { renewal: { key, withinMs: 300_000 } })
    const { accessToken: expiredToken, refreshToken } = await client.register(anna)
    clock.ms += 600_000 + 299_000
    const wrong = { reason: 'KeyWrong' }
    await expect(client.renew({ expiredToken, key: 'no key' })).rejects.toMatchObject(wrong)
    const renewed = await client.renew({ expiredToken, key })
    expect(await client.introspect({ token: renewed.accessToken })).toMatchObject({ active: true, sid: claimsOf(expiredToken).sid })
    const refused = { reason: 'RenewalRefused' }
    clock.ms += 1_000
    await expect(client.renew({ expiredToken, key })).rejects.toMatchObject(refused)
    await client.logout({ refreshToken })
    await expect(client.renew({ expiredToken: renewed.accessToken, key })).rejects.toMatchObject(refused)
  })
})

/** Every row that Tidings keeps in the database of the auth service. */
// biome-ignore lint/suspicious/noExplicitAny: the handle of a SQLite database
async function ledgerOf({ url }: Place, db: any): Promise<string> {
  if (url === undefined) return JSON.stringify(await db.all('select * from tidings_answers'))
  const client = await MongoClient.connect(url)
  try {
    const names = (await client.db().listCollections().toArray()).map(({ name }) => name).filter((name) => name.startsWith('tidings_'))
    return JSON.stringify(await Promise.all(names.map((name) => client.db().collection(name).find().toArray())))
  } finally {
    await client.close()
  }
}
