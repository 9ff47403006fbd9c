import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Clock, Random } from '../ports/runtime.ts'
import { derivedId, newId } from './new-id.ts'

const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} }
const random: Random = { next: () => 0, bytes: (length) => new Uint8Array(randomBytes(length)) }
const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('an id is a UUIDv7 that tells its millisecond', () => {
  const at = Date.UTC(2026, 4, 6, 7, 8, 9, 123)
  const id = newId({
    clock: { ...clock, now: () => at },
    random: { next: () => 0, bytes: (length) => new Uint8Array(length).fill(255) },
  })
  expect(id).toMatch(uuid7)
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at)
  expect(id).toMatch(/-7fff-bfff-ffffffffffff$/)
})

test('10,000 ids are all different, and later ones sort after those of an earlier millisecond', () => {
  let now = Date.UTC(2026, 0)
  const runtime = { clock: { ...clock, now: () => now }, random }
  const ids = Array.from({ length: 10_000 }, () => {
    now++
    return newId(runtime)
  })
  expect(new Set(ids).size).toBe(10_000)
  expect(ids.toSorted()).toEqual(ids)
})

test('a derived id is the same UUIDv8 for the same seed, and another for another', () => {
  expect(derivedId('a')).toBe(derivedId('a'))
  expect(derivedId('a')).not.toBe(derivedId('b'))
  expect(derivedId('')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
