import { memoryEventLog } from '@tidings/event-store/memory'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { handRuntime, settle } from '../../../test/hand-clock.ts'
import { outcomeOf, requestWith, TestIssuer } from '../../../test/test-issuer.ts'
import { introspect } from './introspect.ts'
import type { IntrospectOptions } from './introspect-options.ts'
import type { Introspection } from './introspection.ts'

const secondMs = 1_000

async function open(over: Partial<IntrospectOptions> = {}) {
  const runtime = handRuntime()
  const log = memoryEventLog()
  const issuer = await TestIssuer.create(log, runtime)
  const service = { isDown: false, asked: 0, revoked: new Set<unknown>(), hold: Promise.resolve() }
  const ask = async (token: string): Promise<Introspection> => {
    service.asked++
    await service.hold
    if (service.isDown) throw new Error('connection refused')
    const claims = decodeJwt(token)
    return service.revoked.has(claims.sub) ? { active: false } : { active: true, token_type: 'Bearer', ...claims }
  }
  const authenticator = introspect({ issuer: 'auth', audience: 'shop', ask, runtime, ...over })
  await authenticator.start()
  onTestFinished(() => authenticator.stop())
  return { runtime, clock: runtime.clock, log, issuer, service, authenticator }
}

/** The same, hearing the log. */
async function openWithLog(over: Partial<IntrospectOptions> = {}) {
  const log = memoryEventLog()
  const opened = await open({ log, ...over })
  const issuer = await TestIssuer.create(log, opened.runtime)
  await issuer.beat()
  await expect.poll(() => opened.authenticator.readiness().notes).toEqual([])
  return { ...opened, log, issuer }
}

test('1,000 first requests with one token at once ask the auth service once', async () => {
  const { issuer, service, authenticator } = await open()
  const token = await issuer.token()
  const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => outcomeOf(authenticator, token)))
  expect(new Set(outcomes)).toEqual(new Set(['authenticated']))
  expect(service.asked).toBe(1)
})

test('who is let in is who the auth service says', async () => {
  const { issuer, authenticator } = await open()
  const token = await issuer.token({ sub: 'u7', sid: 's7', jti: 't7', scope: 'a b', roles: ['buyer'] })
  expect(await authenticator.authenticate(requestWith(`Bearer ${token}`))).toMatchObject({
    outcome: 'authenticated',
    principal: { id: 'u7', scopes: new Set(['a', 'b']), sessionId: 's7', tokenId: 't7', claims: { roles: ['buyer'] } },
  })
})

test('an active token for another audience, by another issuer, without a claim or past its time is refused', async () => {
  const { issuer, authenticator, clock } = await open()
  for (const claims of [{ aud: 'other' }, { aud: ['shop', 'other'] }, { iss: 'other' }, { sid: undefined }, { exp: 9_999_999_999 }])
    expect(await outcomeOf(authenticator, await issuer.token(claims))).toBe('401 AUTH_CLAIM_INVALID')
  const token = await issuer.token()
  await clock.move(700 * secondMs)
  expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_EXPIRED')
})

test('what is no access token costs the auth service nothing', async () => {
  const { issuer, service, authenticator } = await open()
  const token = await issuer.token()
  for (const text of ['x', `${token}=`, `${token} `, `${token}, ${token}`, 'a'.repeat(9_000)])
    expect(await outcomeOf(authenticator, text)).toMatch(/^401 /)
  expect(await outcomeOf(authenticator, await issuer.token({}, { typ: 'txntoken+jwt' }))).toBe('401 AUTH_CLAIM_INVALID')
  expect(await authenticator.authenticate(requestWith())).toMatchObject({ outcome: 'anonymous' })
  expect(await authenticator.authenticate(requestWith(`Bearer ${token}`, `Bearer ${token}`))).toMatchObject({ outcome: 'refused' })
  expect(service.asked).toBe(0)
})

test('while the auth service is away nobody gets in and nobody is logged out, and it is left alone for a while', async () => {
  const { issuer, service, authenticator, clock, runtime } = await open({ failures: 3, pauseMs: 2_000 })
  service.isDown = true
  const token = await issuer.token()
  const ask = async (): Promise<string> => {
    const answer = outcomeOf(authenticator, token)
    // A question is repeated after a while.
    await clock.move(500)
    return answer
  }
  for (let n = 0; n < 20; n++) expect(await ask()).toBe('503 AUTH_SERVICE_UNAVAILABLE')
  expect(service.asked).toBeLessThan(15)
  const answer = await authenticator.authenticate(requestWith(`Bearer ${token}`))
  expect(answer).toMatchObject({ outcome: 'undecided', retryAfterMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 2_000) })
  expect(authenticator.readiness().ready).toBe(true)
  service.isDown = false
  await clock.move(5 * secondMs)
  expect(await outcomeOf(authenticator, token)).toBe('authenticated')
  expect(runtime.lines).toEqual([])
})

test('an auth service that never answers is waited for no longer than the time-out', async () => {
  const { issuer, service, authenticator, clock } = await open({ timeoutMs: 300 })
  service.hold = new Promise(() => {})
  const answer = outcomeOf(authenticator, await issuer.token())
  await clock.move(300)
  expect(await answer).toBe('503 AUTH_SERVICE_UNAVAILABLE')
})

test('who leaves does not take the answer from those who ask with the same token', async () => {
  const { issuer, service, authenticator } = await open()
  const answered = Promise.withResolvers<void>()
  service.hold = answered.promise
  const token = await issuer.token()
  const left = new AbortController()
  const first = authenticator.authenticate({ ...requestWith(`Bearer ${token}`), signal: left.signal })
  const second = outcomeOf(authenticator, token)
  await settle()
  left.abort()
  expect((await first).outcome).toBe('undecided')
  answered.resolve()
  expect(await second).toBe('authenticated')
  expect(service.asked).toBe(1)
})

test('without a log every request is asked about', async () => {
  const { issuer, service, authenticator } = await open()
  const token = await issuer.token()
  for (let n = 0; n < 3; n++) expect(await outcomeOf(authenticator, token)).toBe('authenticated')
  service.revoked.add('u1')
  expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_REVOKED')
  expect(service.asked).toBe(4)
})

test('with a log an answer is kept for a while, and for no time once its user is blocked', async () => {
  const { issuer, service, authenticator, clock } = await openWithLog()
  const token = await issuer.token()
  for (let n = 0; n < 3; n++) expect(await outcomeOf(authenticator, token)).toBe('authenticated')
  expect(service.asked).toBe(1)
  await clock.move(10 * secondMs)
  expect(await outcomeOf(authenticator, token)).toBe('authenticated')
  expect(service.asked).toBe(2)
  await issuer.block('u1')
  // The auth service still says active: as one does that answered before the block.
  await expect.poll(() => outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_REVOKED')
  expect(service.asked).toBe(2)
  await issuer.unblock('u1')
  const next = await issuer.token()
  await expect.poll(() => outcomeOf(authenticator, next)).toBe('authenticated')
  expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_REVOKED')
})

test('a bad answer is never kept: a user who is resumed is let in at once', async () => {
  const { issuer, service, authenticator } = await openWithLog()
  const token = await issuer.token()
  service.revoked.add('u1')
  expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_REVOKED')
  service.revoked.clear()
  expect(await outcomeOf(authenticator, token)).toBe('authenticated')
})

test('nothing is kept while the auth service is not heard of in the log', async () => {
  const { issuer, service, authenticator, clock } = await openWithLog({ keepForMs: 600_000 })
  const token = await issuer.token()
  await outcomeOf(authenticator, token)
  await clock.move(31 * secondMs)
  for (let n = 0; n < 2; n++) expect(await outcomeOf(authenticator, token)).toBe('authenticated')
  expect(service.asked).toBe(3)
  expect(authenticator.readiness()).toMatchObject({ ready: true, notes: [expect.stringMatching(/silent/)] })
})

test('what is kept is facts: that a token has expired is seen each time', async () => {
  const { issuer, service, authenticator, clock } = await openWithLog({ keepForMs: 600_000, maxStalenessMs: 600_000 })
  const nowS = clock.now() / 1_000
  const token = await issuer.token({ exp: nowS + 20 })
  expect(await outcomeOf(authenticator, token)).toBe('authenticated')
  await clock.move(30 * secondMs)
  expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_EXPIRED')
  expect(service.asked).toBe(1)
})

test('no more answers are kept than the limit says', async () => {
  const { issuer, service, authenticator } = await openWithLog({ maxKept: 2 })
  const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => issuer.token({ sub })))
  for (const token of tokens) await outcomeOf(authenticator, token)
  for (const token of tokens.slice(1)) await outcomeOf(authenticator, token)
  expect(service.asked).toBe(3)
  await outcomeOf(authenticator, tokens[0] ?? '')
  expect(service.asked).toBe(4)
})

test('the signal of a principal is aborted when it is revoked', async () => {
  const { issuer, authenticator } = await openWithLog()
  const answer = await authenticator.authenticate(requestWith(`Bearer ${await issuer.token()}`))
  if (answer.outcome !== 'authenticated') throw new Error(answer.outcome)
  const { signal } = answer.principal
  expect(signal.aborted).toBe(false)
  await issuer.endSession('s-u1')
  await expect.poll(() => signal.aborted).toBe(true)
})

test('options that are not usable are refused, all at once', () => {
  const bad = { issuer: '', audience: 'shop', ask: 'nowhere', timeoutMs: 0, keepForMs: -1 }
  expect(() => introspect(bad)).toThrow(/keepForMs.*timeoutMs.*issuer.*ask/)
})
