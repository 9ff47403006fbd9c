import { copyFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { anna, type Place } from './fixtures.ts'
import { onEachStore } from './on-each-store.ts'
import { claimsOf, startAuth } from './start-auth.ts'

onEachStore((place) => {
  test('a beat says that the log has every change, and one that is missing there makes the beat as old as itself', async () => {
    const where = await place()
    const { client, clock, events, system } = await startAuth(where, { beatMs: 100 })
    const { userId } = await client.register(anna)
    const startedAt = clock.ms
    await client.block({ userId })
    await system.settled()
    clock.ms += 5_000
    await expect.poll(async () => (await events('auth.feed-beat')).at(-1)).toEqual({ at: startedAt + 5_000 })
    // As a change would stand there that another instance has committed and not sent.
    await system.in('auth', (ctx) => putUnsent(where.kind, ctx.db, { at: startedAt + 1_000 }))
    clock.ms += 5_000
    await expect.poll(async () => (await events('auth.feed-beat')).at(-1)).toEqual({ at: startedAt + 1_000 })
  })

  test('a snapshot holds every fact that still matters, and says from where the changes go on', async () => {
    const where = await place()
    const options = { snapshotEvery: 3 }
    const first = await startAuth(where, options)
    const { client, clock, events, system } = first
    const { userId } = await client.register(anna)
    await client.block({ userId })
    clock.ms += 631_000
    await client.unblock({ userId })
    const signedIn = await client.login(anna)
    await client.logout(signedIn)
    expect(await events('auth.access-snapshot')).toEqual([])
    const facts = await events('auth.access-changed')
    await system.stop()
    const second = await startAuth(where, options, clock)
    const [snapshot, ...more] = (await second.events('auth.access-snapshot')) as { after: number; facts: unknown[] }[]
    expect(more).toEqual([])
    expect(snapshot?.facts).toHaveLength(2)
    expect(snapshot?.facts).toEqual(expect.arrayContaining(facts.slice(1)))
    expect(snapshot?.after).toBeGreaterThan(0)
  })

  test('a database that is put back to a backup hears from the log who was blocked and signed out since', async () => {
    const where = await place()
    const first = await startAuth(where)
    const users = await Promise.all(['b@x.org', 's@x.org', 'o@x.org', 'f@x.org'].map((email) => first.client.register({ ...anna, email })))
    const [blocked, suspended, out, free] = users
    if (blocked === undefined || suspended === undefined || out === undefined || free === undefined) return expect.fail('four users')
    await first.system.settled()
    await first.system.stop()
    const restore = await backUp(where)
    const second = await startAuth(where)
    await second.client.block({ userId: blocked.userId })
    await second.client.suspend({ userId: suspended.userId })
    await second.client.logout(out)
    await second.client.suspend({ userId: free.userId })
    await second.client.resume({ userId: free.userId })
    await second.system.settled()
    await second.system.stop()
    await restore()
    const third = await startAuth(where)
    await third.system.settled()
    const isActive = async ({ accessToken }: { accessToken: string }) => (await third.client.introspect({ token: accessToken })).active
    expect(await Promise.all(users.map(isActive))).toEqual([false, false, false, true])
    await expect(third.client.refresh(out)).rejects.toMatchObject({ reason: 'RefreshRefused' })
    // What comes next has a higher number than all that the log has seen.
    expect(await third.client.unblock({ userId: blocked.userId })).toEqual({ userId: blocked.userId, state: 'active', version: 2 })
    expect(await third.client.resume({ userId: suspended.userId })).toEqual({ userId: suspended.userId, state: 'active', version: 1 })
    expect(await isActive(suspended)).toBe(true)
    expect(await isActive(blocked)).toBe(false)
    expect(claimsOf((await third.client.login({ ...anna, email: 'b@x.org' })).accessToken).ver).toBe(2)
    const changes = (await third.events('auth.access-changed')) as { id: string; seq: number }[]
    expect(changes.filter(({ id }) => id === blocked.userId).map(({ seq }) => seq)).toEqual([1, 2])
  })
})

// biome-ignore lint/suspicious/noExplicitAny: the handle of either database
async function putUnsent(kind: Place['kind'], db: any, row: { at: number }): Promise<void> {
  if (kind === 'mongodb') await db.collection('unsent').insertOne({ _id: 'subject/x/1', value: row })
  else await db.run("insert into issuer_rows values ('unsent', 'subject/x/1', ?)", JSON.stringify(row))
}

/** Copies the database of the auth service, which does not run. @returns What puts it back. */
async function backUp({ directory, url }: Place): Promise<() => Promise<void>> {
  if (url === undefined) {
    const files = async () => (await readdir(directory)).filter((name) => /^auth\.db/.test(name))
    const kept = await files()
    for (const name of kept) await copyFile(join(directory, name), join(directory, `kept-${name}`))
    return async () => {
      for (const name of await files()) await rm(join(directory, name))
      for (const name of kept) await copyFile(join(directory, `kept-${name}`), join(directory, name))
    }
  }
  const client = await MongoClient.connect(url)
  const names = (await client.db().listCollections().toArray()).map(({ name }) => name)
  const kept = await Promise.all(names.map(async (name) => ({ name, documents: await client.db().collection(name).find().toArray() })))
  return async () => {
    for (const { name, documents } of kept) {
      await client.db().collection(name).deleteMany({})
      if (documents.length > 0) await client.db().collection(name).insertMany(documents)
    }
    await client.close()
  }
}
