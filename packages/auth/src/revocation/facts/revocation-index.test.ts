import { describe, expect, test } from 'vitest'
import { HandClock } from '../../../test/hand-clock.ts'
import type { RevocationFact } from '../../contract/access-changed.ts'
import { RevocationIndex } from './revocation-index.ts'

const retentionMs = 970_000
const openIndex = (maxEntries = 1_000) => {
  const clock = new HandClock()
  return { clock, index: new RevocationIndex({ maxEntries, retentionMs, clock }) }
}
const fact = (change: Partial<RevocationFact> = {}): RevocationFact => ({
  ...{ scope: 'subject', id: 'u1', seq: 1, minVersion: 0, blocked: true, until: 0 },
  ...change,
})
const token = { subject: 'u1', sessionId: 's1', tokenId: 't1', version: 1 }

test('a fact hits the tokens of its user, its session or itself, and all means all', () => {
  for (const [scope, id] of [
    ['subject', 'u1'],
    ['session', 's1'],
    ['token', 't1'],
    ['all', '*'],
  ] as const) {
    const { index } = openIndex()
    index.apply(fact({ scope, id: 'another' }))
    expect(index.standingOf(token)).toBe('live')
    index.apply(fact({ scope, id }))
    expect(index.standingOf(token)).toBe('revoked')
  }
})

test('whatever the order in which facts come and however often, the newest holds', () => {
  const blocked = fact({ seq: 1, minVersion: 2, blocked: true })
  const unblocked = fact({ seq: 2, minVersion: 2, blocked: false })
  const suspended = fact({ seq: 3, minVersion: 2, blocked: true })
  const resumed = fact({ seq: 4, minVersion: 2, blocked: false })
  for (const order of permutations([blocked, unblocked, suspended, resumed, blocked, suspended])) {
    const { index } = openIndex()
    for (const one of order) index.apply(one)
    expect(index.standingOf({ ...token, version: 1 })).toBe('revoked')
    expect(index.standingOf({ ...token, version: 2 })).toBe('live')
  }
})

test('tokens from before a block stay dead after the unblock; those from before a suspension live again', () => {
  const { index } = openIndex()
  const isLive = (version: number): boolean => index.standingOf({ ...token, version }) === 'live'
  index.apply(fact({ seq: 1, minVersion: 1, blocked: true }))
  expect(isLive(1)).toBe(false)
  index.apply(fact({ seq: 2, minVersion: 1, blocked: false }))
  expect(isLive(1)).toBe(true)
  index.apply(fact({ seq: 3, minVersion: 2, blocked: true }))
  index.apply(fact({ seq: 4, minVersion: 2, blocked: false }))
  expect(isLive(1)).toBe(false)
  expect(isLive(2)).toBe(true)
})

describe('a full index', () => {
  test('forgets nothing, and says that it cannot know everything', async () => {
    const { clock, index } = openIndex(2)
    index.apply(fact({ id: 'u1' }))
    index.apply(fact({ id: 'u2' }))
    expect(index.standingOf({ ...token, subject: 'u3' })).toBe('live')
    index.apply(fact({ id: 'u3' }))
    expect(index.size).toBe(2)
    expect(index.standingOf(token)).toBe('revoked')
    expect(index.standingOf({ ...token, subject: 'u3' })).toBe('unknown')
    // A newer state of one that it has takes no place of its own.
    index.apply(fact({ id: 'u2', seq: 2, blocked: false }))
    expect(index.standingOf({ ...token, subject: 'u2' })).toBe('unknown')
    await clock.move(retentionMs)
    expect(index.standingOf({ ...token, subject: 'u3' })).toBe('live')
  })

  test('counts from the last fact that found no place', async () => {
    const { clock, index } = openIndex(1)
    index.apply(fact({ id: 'u1' }))
    index.apply(fact({ id: 'u2' }))
    await clock.move(retentionMs - 1)
    index.apply(fact({ id: 'u3' }))
    await clock.move(retentionMs - 1)
    expect(index.isIncomplete).toBe(true)
    await clock.move(1)
    expect(index.isIncomplete).toBe(false)
  })
})

test('a fact is kept for as long as a token may live, whatever the wall clock says', async () => {
  const { clock, index } = openIndex()
  index.apply(fact())
  clock.wall += 86_400_000
  index.apply(fact({ id: 'u2' }))
  clock.wall -= 2 * 86_400_000
  await clock.move(retentionMs - 1)
  index.apply(fact({ id: 'u3' }))
  expect(index.standingOf(token)).toBe('revoked')
  await clock.move(1)
  index.apply(fact({ id: 'u4' }))
  expect(index.size).toBe(2)
})

test('a newer state is kept from when it came', async () => {
  const { clock, index } = openIndex()
  index.apply(fact({ seq: 1 }))
  await clock.move(retentionMs - 1)
  index.apply(fact({ seq: 2 }))
  await clock.move(retentionMs - 1)
  index.apply(fact({ id: 'u2' }))
  expect(index.standingOf(token)).toBe('revoked')
})

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]]
  return list.flatMap((first, at) => permutations([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [first, ...rest]))
}
