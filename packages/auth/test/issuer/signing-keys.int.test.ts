import { expect, test } from 'vitest'
import { verifyCompact } from '../../src/verify-compact.ts'
import { anna, secret, TestClock } from './fixtures.ts'
import { onEachStore } from './on-each-store.ts'
import { type RunningAuth, startAuth } from './start-auth.ts'

const minute = 60_000
const another = 'another secret of the tests, also well known'

/** The id of the key that signed a token. */
function signerOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
}

async function published({ client }: RunningAuth): Promise<unknown[]> {
  return (await client.publishedKeys({})).keys.map(({ kid }) => kid)
}

onEachStore((place) => {
  test('a new key is published well before it signs, an old one until its last token has expired, and no good token is refused', async () => {
    const auth = await startAuth(await place())
    const { client, clock } = auth
    let holder = await client.register(anna)
    const [first] = await published(auth)
    const { keyId, signsFrom } = await client.rotateKeys({})
    expect(Date.parse(signsFrom)).toBe(clock.ms + 10 * minute)
    // Asked again it makes no further one.
    expect(await client.rotateKeys({})).toEqual({ keyId, signsFrom })
    const seen: unknown[] = []
    let living: { token: string; until: number }[] = []
    for (const startedAt = clock.ms; clock.ms < startedAt + 25 * minute; clock.ms += minute) {
      holder = await client.refresh(holder)
      const token = holder.accessToken
      living = [...living.filter(({ until }) => until > clock.ms), { token, until: clock.ms + 10 * minute }]
      const jwks = await client.publishedKeys({})
      for (const good of living) await verifyCompact(good.token, jwks)
      expect(await client.introspect({ token: living[0]?.token ?? '' })).toMatchObject({ active: true })
      seen.push([signerOf(token) === keyId ? 'new' : 'old', jwks.keys.map(({ kid }) => (kid === first ? 'old' : 'new')).join()])
    }
    expect(new Set(seen.map(String))).toEqual(new Set(['old,old,new', 'new,old,new', 'new,new']))
    expect(seen[9]).toEqual(['old', 'old,new'])
    expect(seen[10]).toEqual(['new', 'old,new'])
    // The last token of the old key was made just before minute 10; clocks may differ by half a minute.
    expect(seen[20]).toEqual(['new', 'old,new'])
    expect(seen[21]).toEqual(['new', 'new'])
  })

  test('a key that is withdrawn signs and verifies nothing any more, and every process hears of it', async () => {
    const auth = await startAuth(await place(), { algorithm: 'EdDSA' })
    const { client, events } = auth
    const signedIn = await client.register(anna)
    const old = await published(auth)
    const { keyId } = await client.rotateKeys({ withdraw: true })
    expect(await published(auth)).toEqual([keyId])
    expect(await client.introspect({ token: signedIn.accessToken })).toEqual({ active: false })
    const { accessToken } = await client.refresh(signedIn)
    expect((await verifyCompact(accessToken, await client.publishedKeys({}))).header).toMatchObject({ alg: 'EdDSA', kid: keyId })
    expect(await events('auth.signing-keys-changed')).toMatchObject([
      { keys: [{ kid: old[0] }], withdrawn: [] },
      { keys: [{ kid: keyId }], withdrawn: old },
    ])
  })

  test('keys outlive a restart, the next one comes by itself when one is old enough, and private parts that sign no more are gone', async () => {
    const where = await place()
    const rotateEveryMs = 3_600_000
    const first = await startAuth(where, { rotateEveryMs })
    const signedIn = await first.client.register(anna)
    const old = await published(first)
    await first.system.stop()
    const start = (laterMs: number): Promise<RunningAuth> => startAuth(where, { rotateEveryMs }, new TestClock(first.clock.ms + laterMs))
    const soon = await start(1)
    expect(await published(soon)).toEqual(old)
    expect(await soon.client.introspect({ token: signedIn.accessToken })).toMatchObject({ active: true })
    await soon.system.stop()
    const later = await start(rotateEveryMs)
    const both = await published(later)
    expect(both).toEqual([...old, expect.any(String)])
    await later.system.stop()
    const muchLater = await start(rotateEveryMs + 11 * minute)
    expect(await published(muchLater)).toEqual(both)
    expect(signerOf((await muchLater.client.login(anna)).accessToken)).toBe(both[1])
    const rows = await muchLater.system.in('auth', async (ctx) => JSON.stringify(await ring(where.kind, ctx.db)))
    expect(rows).toMatch(new RegExp(`"keyId":"${String(old[0])}".*"sealed":null.*"keyId":"${String(both[1])}".*"sealed":"`))
  })

  test('the private keys in the database are sealed, and a service without the right secret does not start', async () => {
    const where = await place()
    const first = await startAuth(where)
    const signedIn = await first.client.register(anna)
    const text = await first.system.in('auth', async (ctx) => JSON.stringify(await ring(where.kind, ctx.db)))
    expect(text).toContain('"sealed":"')
    expect(text).not.toMatch(/"d":/)
    await first.system.stop()
    await expect(startAuth(where, { secret: another })).rejects.toMatchObject({ code: 'AUTH_SIGNING_KEY_SEALED' })
    // A new secret beside the old one takes over without signing anyone out.
    const both = await startAuth(where, { secret: [another, secret] })
    await both.client.refresh(await both.client.refresh(signedIn))
  })
})

// biome-ignore lint/suspicious/noExplicitAny: the handle of either database
async function ring(kind: 'sqlite' | 'mongodb', db: any): Promise<unknown> {
  if (kind === 'mongodb') return (await db.collection('state').findOne({ _id: 'key-ring' })).value
  return JSON.parse((await db.get("select value from issuer_rows where kind = 'state' and key = 'key-ring'")).value)
}
