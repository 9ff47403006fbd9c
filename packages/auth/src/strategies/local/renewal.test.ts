import { memoryEventLog } from '@tidings/event-store/memory'
import { expect, onTestFinished, test } from 'vitest'
import { handRuntime, settle } from '../../../test/hand-clock.ts'
import { outcomeOf, requestWith, TestIssuer } from '../../../test/test-issuer.ts'
import { local } from './local.ts'
import type { LocalOptions } from './local-options.ts'

type Answer = { readonly token: string } | undefined

async function open(over: Partial<LocalOptions> = {}) {
  const runtime = handRuntime()
  const { clock } = runtime
  const log = memoryEventLog()
  const issuer = await TestIssuer.create(log, runtime)
  const state = { asked: 0, answer: async (): Promise<Answer> => ({ token: await issuer.token() }) }
  const renew = async (): Promise<Answer> => {
    state.asked++
    return state.answer()
  }
  const authenticator = local({
    ...{ issuer: 'auth', audience: 'shop', keys: async () => issuer.jwks, log, runtime },
    onExpired: 'renew',
    renew,
    ...over,
  })
  await authenticator.start()
  onTestFinished(() => authenticator.stop())
  await issuer.beat()
  await expect.poll(() => authenticator.readiness().ready).toBe(true)
  const token = await issuer.token()
  /** So long after the token's end, with the auth service alive. */
  const expireFor = async (ms: number): Promise<void> => {
    await clock.move(600_000 + ms)
    await issuer.beat()
    await settle()
  }
  const ask = () => authenticator.authenticate(requestWith(`Bearer ${token}`))
  return { authenticator, clock, issuer, state, token, expireFor, ask }
}

test('a token that has just expired is renewed by the service, which hands the new one back', async () => {
  const { state, expireFor, ask, authenticator } = await open()
  await expireFor(60_000)
  const answer = await ask()
  expect(answer).toMatchObject({ outcome: 'authenticated', principal: { id: 'u1' }, renewedToken: expect.any(String) })
  const renewed = answer.outcome === 'authenticated' ? answer.renewedToken : undefined
  expect(await outcomeOf(authenticator, String(renewed))).toBe('authenticated')
  expect(state.asked).toBe(1)
})

test('a thousand requests with one expired token ask once, and a while later again', async () => {
  const { clock, state, expireFor, ask } = await open()
  await expireFor(60_000)
  const answers = await Promise.all(Array.from({ length: 1_000 }, ask))
  expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['authenticated']))
  expect(state.asked).toBe(1)
  await clock.move(30_000)
  await ask()
  expect(state.asked).toBe(2)
})

test('nothing is renewed unless that was chosen, or once renewWithinMs is over', async () => {
  const off = await open({ onExpired: 'refuse' })
  await off.expireFor(60_000)
  expect(await outcomeOf(off.authenticator, off.token)).toBe('401 AUTH_TOKEN_EXPIRED')
  const late = await open({ renewWithinMs: 60_000 })
  await late.expireFor(61_000)
  expect(await outcomeOf(late.authenticator, late.token)).toBe('401 AUTH_TOKEN_EXPIRED')
  expect([off.state.asked, late.state.asked]).toEqual([0, 0])
})

test('a user who is blocked, or whose session has ended, is not renewed', async () => {
  for (const end of ['block', 'endSession'] as const) {
    const { issuer, state, token, expireFor, authenticator } = await open()
    await issuer[end](end === 'block' ? 'u1' : 's-u1')
    await expireFor(60_000)
    expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_REVOKED')
    expect(state.asked).toBe(0)
  }
  // Where the log did not tell yet, the auth service does.
  const { state, token, expireFor, authenticator } = await open()
  state.answer = async () => undefined
  await expireFor(60_000)
  expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_EXPIRED')
})

test('a renewed token is revoked like any other', async () => {
  const { issuer, expireFor, ask, token, authenticator } = await open()
  await expireFor(60_000)
  expect((await ask()).outcome).toBe('authenticated')
  await issuer.endSession('s-u1')
  await settle()
  expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_REVOKED')
})

test('an auth service that is down or answers nonsense logs nobody out, and lets nobody in', async () => {
  const { issuer, clock, state, token, expireFor, authenticator } = await open()
  const nonsense: (() => Promise<Answer>)[] = [
    () => Promise.reject(new Error('down')),
    async () => ({ token: 'nonsense' }),
    async () => ({ token }),
    async () => ({ token: await issuer.token({ sub: 'another' }) }),
    async () => ({ token: await issuer.token({ sid: 'another' }) }),
    async () => ({ token: await issuer.token({ aud: 'another' }) }),
  ]
  await expireFor(6_000)
  for (const answer of nonsense) {
    state.answer = answer
    expect(await outcomeOf(authenticator, token)).toBe('503 AUTH_SERVICE_UNAVAILABLE')
    await clock.move(30_000)
    await issuer.beat()
    await settle()
  }
  state.answer = () => new Promise(() => {})
  const late = outcomeOf(authenticator, token)
  await expect.poll(() => state.asked).toBe(nonsense.length + 1)
  await clock.move(5_000)
  expect(await late).toBe('503 AUTH_SERVICE_UNAVAILABLE')
  state.answer = async () => ({ token: await issuer.token() })
  expect(await outcomeOf(authenticator, token)).toBe('authenticated')
})
