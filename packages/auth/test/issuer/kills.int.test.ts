import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { anna, type DyingOptions, TestClock } from './fixtures.ts'
import { onEachStore } from './on-each-store.ts'
import { claimsOf, startAuth } from './start-auth.ts'

const script = fileURLToPath(new URL('dying-auth.ts', import.meta.url))

/** Runs a process of the auth service until it has killed itself. */
async function killed(options: DyingOptions): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

const steps: readonly (readonly [step: string, dieAt: DyingOptions['dieAt'], isDone: boolean])[] = [
  ['before the last of its rows is written', { write: 4 }, false],
  ['before its event is sent', { append: true }, true],
]

onEachStore((place) => {
  test.each(steps)('of a block that is killed %s there is all or nothing: the state, and the event', async (_, dieAt, isDone) => {
    const where = await place()
    const before = await startAuth(where)
    const { userId, accessToken } = await before.client.register(anna)
    await before.system.stop()
    await killed({ place: where, ms: before.clock.ms, ask: { block: userId }, dieAt })
    const { client, events } = await startAuth(where)
    const changes = await events('auth.access-changed')
    expect(changes).toMatchObject(isDone ? [{ id: userId, seq: 1, minVersion: 2, blocked: true }] : [])
    expect((await client.introspect({ token: accessToken })).active).toBe(!isDone)
    // Whoever had no answer asks again, and then it holds in any case, once.
    expect(await client.block({ userId })).toMatchObject({ state: 'blocked', version: 2 })
    expect(await events('auth.access-changed')).toHaveLength(1)
  })

  test('a refresh that is killed before it is answered is repeated with the same token', async () => {
    const where = await place()
    const before = await startAuth(where)
    const first = await before.client.register(anna)
    await before.system.stop()
    await killed({ place: where, ms: before.clock.ms, ask: { refresh: first.refreshToken }, dieAt: {} })
    const { client } = await startAuth(where)
    await client.refresh(await client.refresh(first))
  })

  test('a reuse that is killed before its events are sent has ended the session, and both events come', async () => {
    const where = await place()
    const before = await startAuth(where)
    const first = await before.client.register(anna)
    const second = await before.client.refresh(first)
    await before.system.stop()
    const ms = before.clock.ms + 31_000
    await killed({ place: where, ms, ask: { refresh: first.refreshToken }, dieAt: { append: true } })
    const { client, events } = await startAuth(where, {}, new TestClock(ms))
    expect(await events('auth.refresh-token-reused')).toHaveLength(1)
    expect(await events('auth.access-changed')).toMatchObject([{ scope: 'session', id: claimsOf(first.accessToken).sid }])
    expect((await client.introspect({ token: second.accessToken })).active).toBe(false)
    for (const one of [first, second]) await expect(client.refresh(one)).rejects.toMatchObject({ reason: 'RefreshRefused' })
  })
})
