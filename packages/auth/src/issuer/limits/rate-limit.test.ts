import { expect, test } from 'vitest'
import { networkOf } from './network-of.ts'
import { RateLimit } from './rate-limit.ts'

function limitOf(times: number, windowMs: number, maxKeys?: number) {
  const clock = { now: 0, monotonic: () => clock.now }
  return { clock, limit: new RateLimit({ times, windowMs }, clock, maxKeys) }
}

test('so many are admitted at once, and then one after the other, each key by itself', () => {
  const { clock, limit } = limitOf(120, 60_000)
  expect(Array.from({ length: 120 }, () => limit.take('a')).every((wait) => wait === 0)).toBe(true)
  expect(limit.take('a')).toBe(500)
  expect(limit.take('b')).toBe(0)
  clock.now += 499
  expect(limit.take('a')).toBe(1)
  clock.now += 1
  expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBe(500)
  clock.now += 60_000
  expect(Array.from({ length: 121 }, () => limit.take('a')).filter((wait) => wait > 0)).toEqual([500])
})

test('a rate that does not divide its window admits as many as it says', () => {
  const { limit } = limitOf(7, 1_000)
  expect(Array.from({ length: 8 }, () => limit.take('a')).filter((wait) => wait === 0)).toHaveLength(7)
})

test('what is given back can be taken again', () => {
  const { limit } = limitOf(1, 1_000)
  expect(limit.take('a')).toBe(0)
  limit.giveBack('a')
  limit.giveBack('unknown')
  expect(limit.take('a')).toBe(0)
  expect(limit.take('a')).toBe(1_000)
})

test('no more keys are known than allowed, and those that are let go of first are those with nothing to wait for', () => {
  const { clock, limit } = limitOf(2, 1_000, 3)
  limit.take('a')
  clock.now += 600
  limit.take('b')
  limit.take('b')
  for (const key of ['c', 'd', 'e']) {
    limit.take(key)
    expect(limit.size).toBeLessThanOrEqual(3)
  }
  const other = limitOf(2, 1_000, 3)
  for (const key of ['b', 'b', 'c', 'd']) other.limit.take(key)
  expect(other.limit.take('b')).toBe(500)
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::203.0.113.9', '64:ff9b::203.0.113.9'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
