import { expect, test } from 'vitest'
import { verifyCompact } from '../../src/verify-compact.ts'
import { anna } from './fixtures.ts'
import { onEachStore } from './on-each-store.ts'
import { claimsOf, startAuth } from './start-auth.ts'

const refused = { reason: 'RefreshRefused' }
const reused = { reason: 'RefreshReused' }

onEachStore((place) => {
  test('whoever registers is signed in with a token that the published keys verify, and their password signs in again', async () => {
    const { client, clock, events } = await startAuth(await place(), { userScopes: ['orders:write', 'orders:read'] })
    const first = await client.register(anna)
    const { header, payload } = await verifyCompact(first.accessToken, await client.publishedKeys({}))
    expect(header).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    const iat = clock.ms / 1_000
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
      iss: 'tidings-auth',
      aud: 'tidings',
      sub: first.userId,
      iat,
      exp: iat + 600,
      jti: expect.any(String),
      sid: expect.any(String),
      ver: 1,
      scope: 'orders:write orders:read',
    })
    expect(first.expiresInS).toBe(600)
    const second = await client.login({ ...anna, email: ' Anna@Example.ORG' })
    expect(second.userId).toBe(first.userId)
    expect(claimsOf(second.accessToken).sid).not.toBe(claimsOf(first.accessToken).sid)
    expect(await events('auth.user-registered')).toEqual([{ userId: first.userId, registeredAt: new Date(clock.ms).toISOString() }])
  })

  test('an address is taken once, by whoever is quicker', async () => {
    const { client } = await startAuth(await place())
    const outcomes = await Promise.allSettled([anna, anna, { ...anna, email: 'ANNA@example.org' }].map((who) => client.register(who)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(outcomes.filter((one) => one.status === 'rejected').map(({ reason }) => reason.reason)).toEqual(['EmailTaken', 'EmailTaken'])
  })

  test('a wrong password and an unknown address are told apart by nothing', async () => {
    const { client } = await startAuth(await place())
    await client.register(anna)
    const wrong = await client.login({ ...anna, password: 'incorrect horse' }).catch((error: unknown) => error)
    const unknown = await client.login({ ...anna, email: 'nobody@example.org' }).catch((error: unknown) => error)
    expect(wrong).toMatchObject({ reason: 'CredentialsWrong', detail: {} })
    expect(unknown).toMatchObject({ reason: 'CredentialsWrong', detail: {} })
  })

  test('a refresh token gives its successor and a new access token of the same session', async () => {
    const { client } = await startAuth(await place())
    const first = await client.register(anna)
    const second = await client.refresh(first)
    const third = await client.refresh(second)
    expect(new Set([first, second, third].map((one) => one.refreshToken)).size).toBe(3)
    expect(new Set([first, second, third].map((one) => claimsOf(one.accessToken).jti)).size).toBe(3)
    expect(new Set([first, second, third].map((one) => claimsOf(one.accessToken).sid)).size).toBe(1)
  })

  test('a lost answer and two tabs at once get the same successor', async () => {
    const { client, clock } = await startAuth(await place())
    const first = await client.register(anna)
    const tabs = await Promise.all([client.refresh(first), client.refresh(first), client.refresh(first)])
    clock.ms += 30_000
    const late = await client.refresh(first)
    expect(new Set([...tabs, late].map((one) => one.refreshToken)).size).toBe(1)
    await client.refresh(late)
  })

  test('a spent refresh token ends its session after its time of grace, says so, and takes the stolen successor with it', async () => {
    const { client, clock, events } = await startAuth(await place())
    const first = await client.register(anna)
    const second = await client.refresh(first)
    clock.ms += 30_001
    await expect(client.refresh(first)).rejects.toMatchObject(reused)
    await expect(client.refresh(second)).rejects.toMatchObject(refused)
    await expect(client.refresh(first)).rejects.toMatchObject(refused)
    const sessionId = claimsOf(first.accessToken).sid
    expect(await client.introspect({ token: second.accessToken })).toEqual({ active: false })
    expect(await events('auth.refresh-token-reused')).toEqual([
      { userId: first.userId, sessionId, reusedAt: new Date(clock.ms).toISOString() },
    ])
    expect(await events('auth.access-changed')).toMatchObject([{ scope: 'session', id: sessionId, seq: 1, blocked: true }])
    // Another session of the same user goes on.
    await client.refresh(await client.login(anna))
  })

  test('a spent refresh token ends its session within its time of grace too, once its successor was used', async () => {
    const { client } = await startAuth(await place())
    const first = await client.register(anna)
    const second = await client.refresh(first)
    const third = await client.refresh(second)
    await expect(client.refresh(first)).rejects.toMatchObject(reused)
    await expect(client.refresh(third)).rejects.toMatchObject(refused)
  })

  test('nothing that was not given out here ends a session', async () => {
    const { client } = await startAuth(await place())
    const { accessToken, refreshToken } = await client.register(anna)
    const bytes = Buffer.from(refreshToken.slice(4), 'base64url')
    const changed = Array.from({ length: bytes.length }, (_, at) => {
      const other = Buffer.from(bytes)
      other[at] = (other[at] ?? 0) ^ 1
      return `tr1_${other.toString('base64url')}`
    })
    for (const token of [
      ...changed,
      accessToken,
      `${refreshToken}=`,
      ` ${refreshToken}`,
      refreshToken.slice(4),
      'tr1_',
      '../../etc/passwd',
    ]) {
      await expect(client.refresh({ refreshToken: token })).rejects.toMatchObject(refused)
      await client.logout({ refreshToken: token })
    }
    await client.refresh({ refreshToken })
  })

  test('a session ends when it is signed out of, and when its time is over', async () => {
    const { client, clock } = await startAuth(await place(), { sessionLifetimeMs: 3_600_000 })
    const first = await client.register(anna)
    const other = await client.login(anna)
    await client.logout(first)
    await client.logout(first)
    await expect(client.refresh(first)).rejects.toMatchObject(refused)
    expect(await client.introspect({ token: first.accessToken })).toEqual({ active: false })
    clock.ms += 3_600_000 - 90_500
    const last = await client.refresh(other)
    // No token outlives its session.
    expect(last.expiresInS).toBe(90)
    clock.ms += 90_500
    await expect(client.refresh(last)).rejects.toMatchObject(refused)
  })

  test('signing out everywhere ends every session, and none that is begun after it', async () => {
    const { client, events } = await startAuth(await place())
    const first = await client.register(anna)
    const second = await client.login(anna)
    await client.logoutEverywhere({ userId: first.userId })
    for (const one of [first, second]) {
      await expect(client.refresh(one)).rejects.toMatchObject(refused)
      expect(await client.introspect({ token: one.accessToken })).toEqual({ active: false })
    }
    const third = await client.login(anna)
    expect(await client.introspect({ token: third.accessToken })).toMatchObject({ active: true, ver: 2 })
    expect(await events('auth.access-changed')).toMatchObject([
      { scope: 'subject', id: first.userId, seq: 1, minVersion: 2, blocked: false },
    ])
  })

  test('a token that is revoked takes nothing else with it', async () => {
    const { client, clock, events } = await startAuth(await place())
    const first = await client.register(anna)
    const second = await client.refresh(first)
    await client.revokeToken({ token: first.accessToken })
    await client.revokeToken({ token: first.accessToken })
    await client.revokeToken({ token: 'what is this' })
    expect(await client.introspect({ token: first.accessToken })).toEqual({ active: false })
    expect(await client.introspect({ token: second.accessToken })).toMatchObject({ active: true })
    expect(await events('auth.access-changed')).toEqual([
      {
        scope: 'token',
        id: claimsOf(first.accessToken).jti,
        seq: 1,
        minVersion: 0,
        blocked: true,
        until: clock.ms + 630_000,
      },
    ])
    await client.revokeToken({ token: second.refreshToken })
    expect(await client.introspect({ token: second.accessToken })).toEqual({ active: false })
  })

  test('introspection tells what a good token says, and of any other nothing', async () => {
    const { client, clock } = await startAuth(await place())
    const { userId, accessToken, refreshToken } = await client.register(anna)
    const { iat, exp, jti, sid } = claimsOf(accessToken)
    expect(await client.introspect({ token: accessToken })).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: 'tidings-auth',
      aud: 'tidings',
      sub: userId,
      ver: 1,
      ...{ iat, exp, jti, sid },
    })
    const [header = '', payload = ''] = accessToken.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    for (const token of [
      refreshToken,
      `${accessToken}=`,
      `${header}.${payload}.`,
      `${none}.${payload}.AA`,
      'a.b.c',
      '.',
      'x'.repeat(9_000),
    ])
      expect(await client.introspect({ token })).toEqual({ active: false })
    clock.ms += 599_999
    expect(await client.introspect({ token: accessToken })).toMatchObject({ active: true })
    clock.ms += 1
    expect(await client.introspect({ token: accessToken })).toEqual({ active: false })
  })
})
