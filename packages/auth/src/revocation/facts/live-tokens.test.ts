import { expect, test } from 'vitest'
import { HandClock } from '../../../test/hand-clock.ts'
import type { RevocationFact } from '../../contract/access-changed.ts'
import type { TokenClaims } from '../../tokens/read-claims.ts'
import { LiveTokens } from './live-tokens.ts'
import { RevocationIndex } from './revocation-index.ts'

function open() {
  const clock = new HandClock()
  const index = new RevocationIndex({ maxEntries: 100, retentionMs: 970_000, clock })
  const live = new LiveTokens(index, 5_000, { clock })
  const claims = (tokenId: string, subject = 'u1', sessionId = 's1'): TokenClaims => ({
    ...{ tokenId, subject, sessionId, version: 1, scopes: new Set<string>(), all: {} },
    ...{ issuedAtMs: clock.now(), expiresAtMs: clock.now() + 600_000 },
  })
  const learn = (scope: RevocationFact['scope'], id: string, seq = 1, blocked = true): void => {
    const fact = { scope, id, seq, minVersion: 0, blocked, until: 0 }
    index.apply(fact)
    live.revoke(fact)
  }
  return { clock, live, claims, learn }
}
const codeOf = (signal: AbortSignal): unknown => (signal.aborted ? (signal.reason as { code: string }).code : 'live')

test("a principal's signal is aborted when its token is revoked, and no other is", () => {
  for (const [scope, id] of [
    ['subject', 'u1'],
    ['session', 's1'],
    ['token', 't1'],
  ] as const) {
    const { live, claims, learn } = open()
    const signal = live.signalOf(claims('t1'))
    const other = live.signalOf(claims('t2', 'u2', 's2'))
    learn(scope, 'another')
    expect(codeOf(signal)).toBe('live')
    learn(scope, id)
    expect([codeOf(signal), codeOf(other)]).toEqual(['AUTH_TOKEN_REVOKED', 'live'])
    learn('all', '*')
    expect(codeOf(other)).toBe('AUTH_TOKEN_REVOKED')
  }
})

test("a principal's signal is aborted when its token expires", async () => {
  const { clock, live, claims } = open()
  const signal = live.signalOf(claims('t1'))
  await clock.move(604_999)
  expect(codeOf(signal)).toBe('live')
  await clock.move(1)
  expect(codeOf(signal)).toBe('AUTH_TOKEN_EXPIRED')
})

test('a signal asked for after the revocation is aborted already', () => {
  const { live, claims, learn } = open()
  const old = claims('t1')
  learn('session', 's1')
  expect(codeOf(live.signalOf(old))).toBe('AUTH_TOKEN_REVOKED')
})

test('one token has one signal, and a state that takes nothing away aborts none', () => {
  const { live, claims, learn } = open()
  const signal = live.signalOf(claims('t1'))
  expect(live.signalOf(claims('t1'))).toBe(signal)
  learn('subject', 'u1', 1, false)
  expect(codeOf(signal)).toBe('live')
})
