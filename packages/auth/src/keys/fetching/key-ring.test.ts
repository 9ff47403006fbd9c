import type { JWK } from 'jose'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { handRuntime } from '../../../test/hand-clock.ts'
import { codeOf, keysForTests, publicOf, secretKey, setOf } from '../../../test/signing.ts'
import { KeyRing } from './key-ring.ts'
import type { KeyRingOptions } from './key-ring-options.ts'

const hourMs = 3_600_000
let keys: ReadonlyMap<string, JWK>
beforeAll(async () => {
  keys = await keysForTests()
})
const keyOf = (alg: string): JWK => keys.get(alg) as JWK

function openRing(options: Partial<KeyRingOptions> = {}) {
  const runtime = handRuntime()
  const endpoint = { set: setOf(keyOf('ES256')) as unknown, isDown: false, asked: 0 }
  const load = async (): Promise<unknown> => {
    endpoint.asked++
    if (endpoint.isDown) throw new Error('connection refused')
    return endpoint.set
  }
  const ring = new KeyRing({ load, refreshMs: 300_000, coolDownMs: 30_000, timeoutMs: 5_000, overlapMs: 900_000, runtime, ...options })
  onTestFinished(() => ring.stop())
  const find = (id: string): Promise<string> => codeOf(ring.find(id))
  const loaded = async (): Promise<void> => void (await ring.find('k-ES256'))
  return { ring, runtime, clock: runtime.clock, endpoint, find, loaded }
}

test('keys that are known serve through an hour without their endpoint, which is asked less and less', async () => {
  const { ring, clock, endpoint, find, loaded } = openRing()
  ring.start()
  await loaded()
  endpoint.isDown = true
  const before = endpoint.asked
  for (let minute = 0; minute < 60; minute++) {
    await clock.move(60_000)
    expect(await find('k-ES256')).toBe('accepted')
  }
  expect(endpoint.asked - before).toBeGreaterThan(10)
  expect(endpoint.asked - before).toBeLessThan(120)
  endpoint.isDown = false
  endpoint.set = setOf(keyOf('ES256'), keyOf('ES384'))
  await clock.move(60_000)
  await expect.poll(() => ring.get('k-ES384')?.algorithm).toBe('ES384')
})

test('a set that is empty, broken, secret or without a fit key never replaces a good one', async () => {
  const { ring, clock, endpoint, loaded, runtime } = openRing()
  ring.start()
  await loaded()
  const weak = { ...publicOf(keyOf('ES384')), crv: 'P-256' }
  for (const set of [
    { keys: [] },
    {},
    undefined,
    'x',
    { keys: [weak] },
    setOf(secretKey(32, 'HS256', 'k-ES256')),
    { keys: [{ ...publicOf(keyOf('ES256')), kid: undefined }] },
  ]) {
    endpoint.set = set
    const asked = endpoint.asked
    await clock.move(400_000)
    await expect.poll(() => endpoint.asked).toBeGreaterThan(asked)
    expect(ring.get('k-ES256')?.algorithm).toBe('ES256')
  }
  await expect.poll(() => runtime.lines.filter((line) => line.includes('was not loaded')).length).toBe(1)
})

test('a key that is not known makes the set be loaded once per cool-down, however many ask', async () => {
  const { ring, clock, endpoint, find, loaded } = openRing({ refreshMs: hourMs })
  ring.start()
  await loaded()
  await clock.move(30_000)
  const before = endpoint.asked
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => find(`made-up-${n}`)))
  expect(new Set(answers)).toEqual(new Set(['AUTH_KEY_UNKNOWN']))
  expect(endpoint.asked).toBe(before + 1)
  await clock.move(29_000)
  expect(await find('another')).toBe('AUTH_KEY_UNKNOWN')
  expect(endpoint.asked).toBe(before + 1)
  await clock.move(1_000)
  endpoint.set = setOf(keyOf('ES256'), keyOf('ES512'))
  expect(await find('k-ES512')).toBe('accepted')
  expect(endpoint.asked).toBe(before + 2)
})

test('whether a key is one of the issuer cannot be decided while its set is out of reach', async () => {
  const { ring, clock, endpoint, find } = openRing()
  endpoint.isDown = true
  ring.start()
  await clock.move(0)
  expect(ring.fault).toMatch(/connection refused/)
  expect(await find('k-ES256')).toBe('AUTH_KEYS_UNAVAILABLE')
  const before = endpoint.asked
  for (let n = 0; n < 100; n++) expect(await find(`made-up-${n}`)).toBe('AUTH_KEYS_UNAVAILABLE')
  expect(endpoint.asked).toBe(before)
  endpoint.isDown = false
  await clock.move(60_000)
  await expect.poll(() => find('k-ES256')).toBe('accepted')
  expect(ring.fault).toBeUndefined()
})

test('an endpoint that never answers holds nobody up for longer than the time it has', async () => {
  const { ring, clock, find } = openRing({ load: () => new Promise(() => {}) })
  ring.start()
  const answer = find('k-ES256')
  await clock.move(5_000)
  expect(await answer).toBe('AUTH_KEYS_UNAVAILABLE')
})

test('an old key stays until its last token has expired', async () => {
  const { ring, clock, endpoint, loaded } = openRing()
  ring.start()
  await loaded()
  endpoint.set = setOf(keyOf('ES384'))
  await clock.move(330_000)
  await expect.poll(() => ring.get('k-ES384')?.id).toBe('k-ES384')
  await clock.move(800_000)
  expect(ring.get('k-ES256')?.id).toBe('k-ES256')
  const isGone = async (): Promise<boolean> => {
    await clock.move(330_000)
    return ring.get('k-ES256') === undefined
  }
  await expect.poll(isGone).toBe(true)
})

test('new keys are learned from an event, without the endpoint', async () => {
  const { ring, endpoint, find } = openRing()
  endpoint.isDown = true
  ring.start()
  await ring.learn({ keys: [publicOf(keyOf('EdDSA'))], withdrawn: [] })
  expect(await find('k-EdDSA')).toBe('accepted')
  expect(await codeOf(ring.learn({ keys: [], withdrawn: [] }))).toBe('AUTH_KEY_SET_UNFIT')
  expect(await find('k-EdDSA')).toBe('accepted')
})

test('a key that the issuer has withdrawn is gone at once, and does not come back with an older set', async () => {
  const { ring, clock, endpoint, find, loaded } = openRing()
  ring.start()
  await loaded()
  endpoint.set = setOf(keyOf('ES256'), keyOf('ES384'))
  await ring.learn({ keys: [publicOf(keyOf('ES384'))], withdrawn: ['k-ES256'] })
  expect(await find('k-ES256')).toBe('AUTH_KEY_UNKNOWN')
  await clock.move(400_000)
  expect(await find('k-ES256')).toBe('AUTH_KEY_UNKNOWN')
  expect(await find('k-ES384')).toBe('accepted')
  // Withdrawn even where the set beside it is of no use.
  expect(await codeOf(ring.learn({ keys: 'x', withdrawn: ['k-ES384'] }))).toBe('AUTH_KEY_SET_UNFIT')
  expect(await find('k-ES384')).not.toBe('accepted')
})
