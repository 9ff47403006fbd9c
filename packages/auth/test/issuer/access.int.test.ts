import { expect, test } from 'vitest'
import { anna } from './fixtures.ts'
import { onEachStore } from './on-each-store.ts'
import { startAuth } from './start-auth.ts'

const blocked = { reason: 'AccessBlocked' }

onEachStore((place) => {
  test('a blocked user has no token and gets none, and old tokens stay dead when they are unblocked', async () => {
    const { client, clock, events } = await startAuth(await place())
    const { userId, ...old } = await client.register(anna)
    expect(await client.block({ userId })).toEqual({ userId, state: 'blocked', version: 2 })
    expect(await client.introspect({ token: old.accessToken })).toEqual({ active: false })
    await expect(client.refresh(old)).rejects.toMatchObject({ ...blocked, detail: { state: 'blocked' } })
    await expect(client.login(anna)).rejects.toMatchObject(blocked)
    expect(await client.unblock({ userId })).toEqual({ userId, state: 'active', version: 2 })
    expect(await client.introspect({ token: old.accessToken })).toEqual({ active: false })
    await expect(client.refresh(old)).rejects.toMatchObject({ reason: 'RefreshRefused' })
    expect(await client.introspect({ token: (await client.login(anna)).accessToken })).toMatchObject({ active: true, ver: 2 })
    const until = clock.ms + 630_000
    expect(await events('auth.access-changed')).toEqual([
      { scope: 'subject', id: userId, seq: 1, minVersion: 2, blocked: true, until },
      { scope: 'subject', id: userId, seq: 2, minVersion: 2, blocked: false, until },
    ])
  })

  test('a suspended user has their old tokens again when they are resumed', async () => {
    const { client, events } = await startAuth(await place())
    const { userId, ...old } = await client.register(anna)
    expect(await client.suspend({ userId })).toEqual({ userId, state: 'suspended', version: 1 })
    expect(await client.introspect({ token: old.accessToken })).toEqual({ active: false })
    await expect(client.refresh(old)).rejects.toMatchObject({ ...blocked, detail: { state: 'suspended' } })
    expect(await client.resume({ userId })).toEqual({ userId, state: 'active', version: 1 })
    expect(await client.introspect({ token: old.accessToken })).toMatchObject({ active: true })
    await client.refresh(old)
    expect(await events('auth.access-changed')).toMatchObject([
      { seq: 1, minVersion: 1, blocked: true },
      { seq: 2, minVersion: 1, blocked: false },
    ])
  })

  test('what changes nothing publishes nothing, and what does not fit the state is refused', async () => {
    const { client, events } = await startAuth(await place())
    const { userId } = await client.register(anna)
    await client.unblock({ userId })
    await client.resume({ userId })
    await client.block({ userId })
    expect(await client.block({ userId })).toMatchObject({ version: 2 })
    await expect(client.resume({ userId })).rejects.toMatchObject({ reason: 'StateUnfit', detail: { state: 'blocked' } })
    await expect(client.suspend({ userId })).rejects.toMatchObject({ reason: 'StateUnfit' })
    await client.unblock({ userId })
    await client.suspend({ userId })
    await expect(client.unblock({ userId })).rejects.toMatchObject({ reason: 'StateUnfit', detail: { state: 'suspended' } })
    expect(await client.block({ userId })).toMatchObject({ state: 'blocked', version: 3 })
    expect(await events('auth.access-changed')).toHaveLength(4)
    await expect(client.block({ userId: 'nobody' })).rejects.toMatchObject({ reason: 'UserUnknown' })
  })

  test('of blocks and refreshes at once none leaves a token that lives', async () => {
    const { client } = await startAuth(await place())
    const { userId, ...first } = await client.register(anna)
    const given = [first.accessToken]
    const refreshing = (async () => {
      for (let current = first; ; given.push(current.accessToken)) current = await client.refresh(current)
    })()
    // The block refuses it, or, where it comes later, the end of its session.
    const refused = expect(refreshing).rejects.toMatchObject({ reason: expect.stringMatching(/^(AccessBlocked|RefreshRefused)$/) })
    await expect.poll(() => given.length).toBeGreaterThan(1)
    await client.block({ userId })
    await client.unblock({ userId })
    await refused
    for (const token of given) expect(await client.introspect({ token })).toEqual({ active: false })
  })

  test('an administrator is made at start, and an account that had the address before is theirs', async () => {
    const where = await place()
    const before = await startAuth(where)
    const squatter = await before.client.register({ email: 'Root@example.org', password: 'squatted before' })
    await before.system.stop()
    const administrator = { email: 'root@example.org', password: 'the real one' }
    const { client, system } = await startAuth(where, { administrator })
    await expect(client.login({ ...administrator, password: 'squatted before' })).rejects.toMatchObject({ reason: 'CredentialsWrong' })
    await expect(client.refresh(squatter)).rejects.toMatchObject({ reason: 'RefreshRefused' })
    const signedIn = await client.login(administrator)
    expect(await client.introspect({ token: signedIn.accessToken })).toMatchObject({ sub: squatter.userId, scope: 'auth:admin' })
    await system.stop()
    // At the next start nothing has changed, so nobody is signed out.
    const again = await startAuth(where, { administrator })
    await again.client.refresh(signedIn)
  })
})
