import type { EventLog, NewEvent } from '@tidings/core'
import { memoryEventLog } from '@tidings/event-store/memory'
import { expect, onTestFinished, test } from 'vitest'
import { handRuntime, settle } from '../../../test/hand-clock.ts'
import { TestIssuer } from '../../../test/test-issuer.ts'
import { RevocationIndex } from '../facts/revocation-index.ts'
import type { RevocationFeedOptions } from './feed-options.ts'
import { RevocationFeed } from './revocation-feed.ts'

const retentionMs = 970_000

async function open(options: { log?: EventLog } = {}) {
  const runtime = handRuntime()
  const { clock } = runtime
  const log = options.log ?? memoryEventLog()
  const issuer = await TestIssuer.create(log, runtime)
  const learned: unknown[] = []
  const start = (over: Partial<RevocationFeedOptions> = {}) => {
    const index = new RevocationIndex({ maxEntries: 100_000, retentionMs, clock })
    const feed = new RevocationFeed({
      ...{ log, index, maxStalenessMs: 30_000, retentionMs, pollMs: 1_000, timeoutMs: 5_000, runtime },
      ...{ onFact: () => {}, onKeys: async (set) => void learned.push(set) },
      ...over,
    })
    feed.start()
    onTestFinished(() => feed.stop())
    const standing = (subject: string, version = 1): string => index.standingOf({ subject, sessionId: 's', tokenId: 't', version })
    return { feed, index, standing }
  }
  return { clock, runtime, log, issuer, start, learned }
}

/** A log that a test may break. */
function breakable(log: EventLog) {
  const state = { reads: 0, events: 0, fails: false, hangs: false, isDeaf: false, readsUntilHang: Number.POSITIVE_INFINITY }
  const broken: Pick<EventLog, 'read' | 'sealed' | 'onAdvance'> = {
    sealed: () => log.sealed(),
    onAdvance: (ring) => log.onAdvance(() => state.isDeaf || ring()),
    read: async (query) => {
      state.reads++
      if (state.fails) throw new Error('log down')
      if (state.hangs || state.readsUntilHang-- <= 0) return new Promise(() => {})
      const result = await log.read(query)
      state.events += result.events.length
      return result
    },
  }
  return { log: broken, state }
}

test('what happened before the start is known before the feed is fresh', async () => {
  const { issuer, start } = await open()
  for (let n = 0; n < 2_500; n++) await issuer.block(`u${n}`)
  await issuer.beat()
  const { feed, standing, index } = start()
  expect(feed.isFresh).toBe(false)
  expect(feed.fault).toMatch(/behind/)
  // The beat stands behind them all.
  await expect.poll(() => feed.isFresh).toBe(true)
  expect(index.size).toBe(2_500)
  expect(standing('u2499')).toBe('revoked')
  expect(standing('u2500')).toBe('live')
  expect(feed.fault).toBeUndefined()
})

test('a sign of life in the midst of what was missed makes nothing fresh before the end is reached', async () => {
  const { log, issuer, start } = await open()
  const { log: broken, state } = breakable(log)
  await issuer.beat()
  for (let n = 0; n < 1_500; n++) await issuer.block(`u${n}`)
  state.readsUntilHang = 1
  // Where the snapshot is looked for, everything is read once.
  const { feed, index } = start({ log: { ...broken, read: (query) => (query.types?.length === 1 ? log.read(query) : broken.read(query)) } })
  await expect.poll(() => index.size).toBe(999)
  expect(feed.isFresh).toBe(false)
})

test('a revocation holds as soon as the log rings, and where nothing rings after the next poll', async () => {
  const { clock, log, issuer, start } = await open()
  const { log: deaf, state } = breakable(log)
  await issuer.beat()
  const { standing } = start({ log: deaf })
  await settle()
  await issuer.block('u1')
  await settle()
  expect(standing('u1')).toBe('revoked')
  state.isDeaf = true
  await issuer.block('u2')
  await settle()
  expect(standing('u2')).toBe('live')
  await clock.move(1_000)
  expect(standing('u2')).toBe('revoked')
})

test('a start behind a snapshot reads what came after it and no more, and knows the same', async () => {
  const { issuer, log, start } = await open()
  const facts = []
  for (let n = 0; n < 20_000; n++) facts.push(await issuer.block(`u${n % 5_000}`))
  const after = await log.sealed()
  // Meanwhile life goes on: what came after the facts were read is in no snapshot.
  await issuer.block('between')
  await issuer.snapshot(facts.slice(-5_000), after)
  await issuer.block('behind')
  await issuer.beat()
  const { log: counted, state } = breakable(log)
  const { feed, standing, index } = start({ log: counted })
  await expect.poll(() => feed.isFresh).toBe(true)
  expect(index.size).toBe(5_002)
  expect([standing('u0', 4), standing('u4999', 4), standing('between'), standing('behind'), standing('u5000')]).toEqual([
    ...['revoked', 'revoked', 'revoked', 'revoked', 'live'],
  ])
  // Five parts, the two blocks and the beat, and the parts once more when the snapshot was looked for.
  expect(state.events).toBeLessThan(20)
  expect(state.reads).toBeLessThan(20)
})

test('the last snapshot is found however far back it lies', async () => {
  const { issuer, log, start, runtime } = await open()
  const other = await TestIssuer.create(log, runtime)
  await issuer.snapshot([])
  await issuer.block('in-the-second')
  await issuer.snapshot([await issuer.block('in-the-snapshot')])
  for (let n = 0; n < 3_000; n++) await other.block(`u${n}`)
  await issuer.beat()
  const { feed, standing } = start()
  await expect.poll(() => feed.isFresh).toBe(true)
  expect([standing('in-the-snapshot'), standing('in-the-second'), standing('u2999')]).toEqual(['revoked', 'live', 'revoked'])
})

test('what no living token can be hit by is not learned again', async () => {
  const { clock, issuer, start } = await open()
  await issuer.block('long-ago')
  await clock.move(900_000 + retentionMs)
  await issuer.block('just-now')
  await clock.move(1)
  await issuer.beat()
  const { feed, index, standing } = start()
  await expect.poll(() => feed.isFresh).toBe(true)
  expect(index.size).toBe(1)
  expect(standing('just-now')).toBe('revoked')
})

test('silence of the auth service for longer than maxStalenessMs makes the feed stale, and a sign of life fresh again', async () => {
  const { clock, issuer, start } = await open()
  const { feed } = start()
  await settle()
  expect(feed.fault).toMatch(/never heard of/)
  await issuer.beat()
  await settle()
  expect(feed.isFresh).toBe(true)
  await clock.move(30_000)
  expect(feed.isFresh).toBe(true)
  await clock.move(1)
  expect(feed.isFresh).toBe(false)
  expect(feed.fault).toMatch(/silent for 30 s/)
  await issuer.beat()
  await settle()
  expect(feed.isFresh).toBe(true)
})

test('a sign of life counts from when it was given, not from when it was read', async () => {
  const { clock, issuer, start } = await open()
  await issuer.beat()
  await clock.move(3_600_000)
  const { feed } = start()
  await settle()
  expect(feed.isFresh).toBe(false)
  await issuer.beat(clock.now() - 29_000)
  await settle()
  expect(feed.isFresh).toBe(true)
  await clock.move(1_001)
  expect(feed.isFresh).toBe(false)
  // From a clock that runs ahead: no newer than read.
  await issuer.beat(clock.now() + 3_600_000)
  await settle()
  await clock.move(30_001)
  expect(feed.isFresh).toBe(false)
})

test('a log that fails or hangs is read on where the feed was, with nothing left out', async () => {
  const { clock, log, issuer, start, runtime } = await open()
  const { log: broken, state } = breakable(log)
  await issuer.beat()
  const { feed, standing } = start({ log: broken })
  await settle()
  state.fails = true
  await issuer.block('u1')
  await clock.move(20_000)
  expect(standing('u1')).toBe('live')
  expect(runtime.lines.filter((line) => line.includes('not read')).length).toBe(1)
  await clock.move(10_001)
  expect(feed.isFresh).toBe(false)
  expect(feed.fault).toMatch(/log down/)
  state.fails = false
  state.hangs = true
  await issuer.block('u2')
  await clock.move(10_000)
  state.hangs = false
  await clock.move(10_000)
  expect([standing('u1'), standing('u2')]).toEqual(['revoked', 'revoked'])
  await issuer.beat()
  await settle()
  expect(feed.isFresh).toBe(true)
})

test('an event that cannot be understood is not passed over', async () => {
  const { clock, log, issuer, start } = await open()
  await issuer.beat()
  const { feed, standing } = start()
  await settle()
  expect(feed.isFresh).toBe(true)
  const { events } = await log.read({ after: 0, limit: 1 })
  const { position: _, ...beat } = events[0] as NewEvent & { position: number }
  await log.append([{ ...beat, id: '01900000-0000-7000-8000-000000000001', version: 2 }])
  await issuer.block('u1')
  await issuer.beat()
  await clock.move(30_001)
  expect(standing('u1')).toBe('live')
  expect(feed.isFresh).toBe(false)
  expect(feed.fault).toMatch(/version 2/)
})

test('keys are told as they come, and bad ones keep nothing else from being read', async () => {
  const { issuer, start, learned } = await open()
  await issuer.tellKeys(['old'])
  const refusing = start({ onKeys: () => Promise.reject(new Error('no good')) })
  start()
  await issuer.block('u1')
  await settle()
  expect(learned).toEqual([{ keys: [issuer.jwk], withdrawn: ['old'] }])
  expect(refusing.standing('u1')).toBe('revoked')
})
