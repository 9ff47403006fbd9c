import { memoryEventLog } from '@tidings/event-store/memory'
import { describe, expect, onTestFinished, test } from 'vitest'
import { handRuntime, settle } from '../../../test/hand-clock.ts'
import { outcomeOf, requestWith, TestIssuer } from '../../../test/test-issuer.ts'
import { local } from './local.ts'
import type { LocalOptions } from './local-options.ts'

const secondMs = 1_000
const minuteMs = 60_000

async function open(over: Partial<LocalOptions> = {}) {
  const runtime = handRuntime()
  const { clock } = runtime
  const log = memoryEventLog()
  const issuer = await TestIssuer.create(log, runtime)
  const endpoint = { isDown: false, asked: 0 }
  const keys = async (): Promise<unknown> => {
    endpoint.asked++
    if (endpoint.isDown) throw new Error('connection refused')
    return issuer.jwks
  }
  const start = () => {
    const authenticator = local({ issuer: 'auth', audience: 'shop', keys, log, runtime, ...over })
    void authenticator.start()
    onTestFinished(() => authenticator.stop())
    return authenticator
  }
  /** Time goes on, and the auth service lives. */
  const live = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 10 * secondMs) {
      await clock.move(Math.min(left, 10 * secondMs))
      await issuer.beat()
      await settle()
    }
  }
  const ready = async (authenticator = start()) => {
    await issuer.beat()
    await expect.poll(() => authenticator.readiness().ready).toBe(true)
    return authenticator
  }
  return { runtime, clock, log, issuer, endpoint, start, live, ready }
}

test('a good token is let in, with what it says', async () => {
  const { issuer, ready } = await open()
  const authenticator = await ready()
  const token = await issuer.token({ sub: 'u7', sid: 's7', jti: 't7', scope: 'orders:read orders:write', roles: ['buyer'] })
  const answer = await authenticator.authenticate(requestWith(`Bearer ${token}`))
  expect(answer).toMatchObject({
    outcome: 'authenticated',
    principal: { id: 'u7', sessionId: 's7', tokenId: 't7', claims: { roles: ['buyer'] } },
  })
  expect(answer.outcome === 'authenticated' && [...answer.principal.scopes]).toEqual(['orders:read', 'orders:write'])
  expect(answer).not.toHaveProperty('renewedToken')
})

test('nobody is let in before keys and revocations are known', async () => {
  const { issuer, endpoint, start, clock } = await open()
  endpoint.isDown = true
  const authenticator = start()
  const token = await issuer.token()
  await settle()
  expect(await outcomeOf(authenticator, token)).toBe('503 AUTH_KEYS_UNAVAILABLE')
  expect(authenticator.readiness()).toMatchObject({
    ready: false,
    reasons: [expect.stringMatching(/connection refused/), expect.stringMatching(/never heard/)],
  })
  endpoint.isDown = false
  await clock.move(minuteMs)
  await expect.poll(() => authenticator.readiness().reasons.length).toBe(1)
  expect(await outcomeOf(authenticator, await issuer.token())).toBe('503 AUTH_REVOCATIONS_STALE')
  await issuer.beat()
  await expect.poll(() => authenticator.readiness()).toEqual({ ready: true, reasons: [], notes: [] })
  expect(await outcomeOf(authenticator, await issuer.token())).toBe('authenticated')
})

describe('a bad credential is refused with 401, and its challenge tells no more than the standard asks', () => {
  const invalid = 'Bearer error="invalid_token", error_description="The access token is not valid"'

  test('without one: no error in the challenge', async () => {
    const { ready } = await open()
    const answer = await (await ready()).authenticate(requestWith())
    expect(answer).toEqual({ outcome: 'anonymous', refusal: { status: 401, challenge: 'Bearer', code: 'AUTH_CREDENTIAL_MISSING' } })
  })

  test('two headers, another scheme, no token, two tokens', async () => {
    const { issuer, ready } = await open()
    const authenticator = await ready()
    const token = await issuer.token()
    for (const values of [
      [`Bearer ${token}`, `Bearer ${token}`],
      ['Basic dTpw'],
      ['Bearer'],
      ['Bearer '],
      [token],
      [''],
      [`Bearer ${token} x`],
    ]) {
      const answer = await authenticator.authenticate(requestWith(...values))
      expect(answer).toMatchObject({
        outcome: 'refused',
        refusal: { status: 401, code: 'AUTH_CREDENTIAL_MALFORMED', challenge: expect.stringMatching(/invalid_request/) },
      })
    }
    expect(await outcomeOf(authenticator, `${token},${token}`)).toBe('401 AUTH_TOKEN_MALFORMED')
    expect((await authenticator.authenticate(requestWith(`bearer  ${token}`))).outcome).toBe('authenticated')
  })

  test('a token of another kind, for another audience, by another issuer or without a claim', async () => {
    const { issuer, ready } = await open()
    const authenticator = await ready()
    const changes = [
      { aud: 'other' },
      { aud: ['shop', 'other'] },
      { iss: 'else' },
      { exp: undefined },
      { exp: 1e300 },
      { sid: undefined },
      { jti: undefined },
      { ver: '1' },
      { iat: 0 },
    ]
    for (const change of changes) expect(await outcomeOf(authenticator, await issuer.token(change))).toBe('401 AUTH_CLAIM_INVALID')
    for (const header of [{ typ: 'txntoken+jwt' }, { typ: 'JWT' }, { typ: undefined }]) {
      expect(await outcomeOf(authenticator, await issuer.token({}, header))).toBe('401 AUTH_CLAIM_INVALID')
    }
    for (const header of [{ jku: 'https://attacker.example' }, { jwk: issuer.jwk }]) {
      expect(await outcomeOf(authenticator, await issuer.token({}, header))).toBe('401 AUTH_TOKEN_MALFORMED')
    }
  })

  test('forged: none, another key under the same id, an unknown key', async () => {
    const { issuer, ready, log, runtime } = await open()
    const authenticator = await ready()
    const forger = await TestIssuer.create(log, runtime)
    expect(await outcomeOf(authenticator, await forger.token())).toBe('401 AUTH_SIGNATURE_INVALID')
    expect(await outcomeOf(authenticator, await forger.token({}, { kid: 'k9' }))).toBe('401 AUTH_KEY_UNKNOWN')
    const [, payload, signature] = (await issuer.token()).split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'k1', typ: 'at+jwt' })).toString('base64url')
    expect(await outcomeOf(authenticator, `${header}.${payload}.${signature}`)).toBe('401 AUTH_ALGORITHM_REFUSED')
    const answer = await authenticator.authenticate(requestWith(`Bearer ${header}.${payload}.${signature}`))
    expect(answer).toMatchObject({ refusal: { challenge: invalid } })
  })

  test('expired or revoked', async () => {
    const { issuer, ready, live } = await open()
    const authenticator = await ready()
    const [expiring, revoked] = [await issuer.token({ sub: 'u1' }), await issuer.token({ sub: 'u2' })]
    await issuer.block('u2')
    await settle()
    expect(await authenticator.authenticate(requestWith(`Bearer ${revoked}`))).toMatchObject({
      refusal: { status: 401, code: 'AUTH_TOKEN_REVOKED', challenge: invalid },
    })
    await live(605 * secondMs)
    expect(await authenticator.authenticate(requestWith(`Bearer ${expiring}`))).toMatchObject({
      refusal: { status: 401, code: 'AUTH_TOKEN_EXPIRED', challenge: expect.stringMatching(/invalid_token.*expired/) },
    })
  })
})

test('nothing of a token, good or bad, is written to the log', async () => {
  const { issuer, ready, runtime, endpoint, clock } = await open()
  const authenticator = await ready()
  endpoint.isDown = true
  const token = await issuer.token()
  await outcomeOf(authenticator, token)
  await outcomeOf(authenticator, `${token}=`)
  await outcomeOf(authenticator, await issuer.token({}, { kid: 'k9' }))
  await clock.move(400_000)
  for (const part of token.split('.')) expect(runtime.lines.join('\n')).not.toContain(part)
})

test('tokens from before a block stay dead after the unblock; those from before a suspension live again', async () => {
  const { issuer, ready } = await open()
  const authenticator = await ready()
  const old = await issuer.token({ sub: 'u1' })
  await issuer.suspend('u1')
  await settle()
  expect(await outcomeOf(authenticator, old)).toBe('401 AUTH_TOKEN_REVOKED')
  await issuer.resume('u1')
  await settle()
  expect(await outcomeOf(authenticator, old)).toBe('authenticated')
  await issuer.block('u1')
  await issuer.unblock('u1')
  await settle()
  expect(await outcomeOf(authenticator, old)).toBe('401 AUTH_TOKEN_REVOKED')
  // Made in the same second as the block: its version tells, not its date.
  expect(await outcomeOf(authenticator, await issuer.token({ sub: 'u1' }))).toBe('authenticated')
})

test('every process hears of a block, for none shares its feed with another', async () => {
  const { issuer, ready } = await open()
  const replicas = [await ready(), await ready(), await ready()]
  const token = await issuer.token()
  await issuer.block('u1')
  await settle()
  for (const replica of replicas) expect(await outcomeOf(replica, token)).toBe('401 AUTH_TOKEN_REVOKED')
})

describe('while the auth service is silent', () => {
  test('tokens are taken for maxStalenessMs, and after that nobody is let in and nobody logged out', async () => {
    const { issuer, ready, clock } = await open()
    const authenticator = await ready()
    const [good, revoked] = [await issuer.token({ sub: 'u1' }), await issuer.token({ sub: 'u2' })]
    await issuer.block('u2')
    await clock.move(30 * secondMs)
    expect(await outcomeOf(authenticator, good)).toBe('authenticated')
    await clock.move(1)
    expect(await outcomeOf(authenticator, good)).toBe('503 AUTH_REVOCATIONS_STALE')
    expect(await authenticator.authenticate(requestWith(`Bearer ${good}`))).toMatchObject({ outcome: 'undecided', retryAfterMs: 1_000 })
    // What is known already is no matter of freshness.
    expect(await outcomeOf(authenticator, revoked)).toBe('401 AUTH_TOKEN_REVOKED')
    expect(authenticator.readiness().ready).toBe(false)
    await issuer.beat()
    await settle()
    expect(await outcomeOf(authenticator, good)).toBe('authenticated')
  })

  test('each request is asked about where somebody can be asked', async () => {
    const asked: string[] = []
    const answers = { active: true as unknown, fails: false, hangs: false }
    const introspect = async (token: string): Promise<{ active: boolean }> => {
      asked.push(token)
      if (answers.fails) throw new Error('down')
      if (answers.hangs) return new Promise(() => {})
      return { active: answers.active as boolean }
    }
    const { issuer, ready, clock } = await open({ introspect })
    const authenticator = await ready()
    const token = await issuer.token()
    expect(await outcomeOf(authenticator, token)).toBe('authenticated')
    expect(asked).toEqual([])
    await clock.move(31 * secondMs)
    expect(await outcomeOf(authenticator, token)).toBe('authenticated')
    expect(asked).toEqual([token])
    expect(authenticator.readiness()).toMatchObject({ ready: true, reasons: [], notes: [expect.stringMatching(/silent for 31 s/)] })
    for (const active of [false, undefined, 'true', 1]) {
      answers.active = active
      expect(await outcomeOf(authenticator, token)).toBe('401 AUTH_TOKEN_REVOKED')
    }
    answers.fails = true
    expect(await outcomeOf(authenticator, token)).toBe('503 AUTH_SERVICE_UNAVAILABLE')
    Object.assign(answers, { active: true, fails: false, hangs: true })
    const late = outcomeOf(authenticator, token)
    await expect.poll(() => asked.length).toBe(7)
    await clock.move(5 * secondMs)
    expect(await late).toBe('503 AUTH_SERVICE_UNAVAILABLE')
    // A bad token is refused without anyone being asked.
    expect(await outcomeOf(authenticator, await issuer.token({ aud: 'other' }))).toBe('401 AUTH_CLAIM_INVALID')
    expect(asked.length).toBe(7)
  })

  test('a revocation that is read while the auth service is asked holds', async () => {
    let answer: ((given: { active: boolean }) => void) | undefined
    const introspect = (): Promise<{ active: boolean }> =>
      new Promise((resolve) => {
        answer = resolve
      })
    const { issuer, ready, clock } = await open({ introspect })
    const authenticator = await ready()
    const token = await issuer.token()
    await clock.move(31 * secondMs)
    const outcome = outcomeOf(authenticator, token)
    await expect.poll(() => answer !== undefined).toBe(true)
    await issuer.block('u1')
    await settle()
    answer?.({ active: true })
    expect(await outcome).toBe('401 AUTH_TOKEN_REVOKED')
  })
})

test('an index that is full asks, or answers 503, and forgets nothing', async () => {
  for (const [introspect, expected] of [
    [undefined, '503 AUTH_REVOCATIONS_STALE'],
    [async () => ({ active: true }), 'authenticated'],
  ] as const) {
    const { issuer, ready } = await open({ maxRevocations: 2, introspect })
    const authenticator = await ready()
    const tokens = await Promise.all(['u1', 'u2', 'u3', 'u4'].map((sub) => issuer.token({ sub })))
    for (const sub of ['u1', 'u2', 'u3']) await issuer.block(sub)
    await settle()
    const outcomes = await Promise.all(tokens.map((token) => outcomeOf(authenticator, token)))
    expect(outcomes).toEqual(['401 AUTH_TOKEN_REVOKED', '401 AUTH_TOKEN_REVOKED', expected, expected])
  }
})

test('the key endpoint is down for an hour: no good token is refused', async () => {
  const { issuer, ready, endpoint, live } = await open()
  const authenticator = await ready()
  endpoint.isDown = true
  const asked = endpoint.asked
  for (let minute = 0; minute < 60; minute++) {
    await live(minuteMs)
    expect(await outcomeOf(authenticator, await issuer.token())).toBe('authenticated')
  }
  expect(endpoint.asked).toBeGreaterThan(asked)
})

test('a rotation of keys refuses nobody good, and a withdrawn key is refused at once', async () => {
  const { issuer, ready, endpoint, log, runtime, live } = await open()
  const authenticator = await ready()
  endpoint.isDown = true
  const next = await TestIssuer.create(log, runtime, 'k2')
  const old = await issuer.token()
  await next.tellKeys()
  await settle()
  await expect.poll(async () => outcomeOf(authenticator, await next.token())).toBe('authenticated')
  expect(await outcomeOf(authenticator, old)).toBe('authenticated')
  await live(minuteMs)
  await next.tellKeys(['k1'])
  await settle()
  expect(await outcomeOf(authenticator, old)).toBe('401 AUTH_KEY_UNKNOWN')
})

test("a principal's signal is aborted when its user is blocked", async () => {
  const { issuer, ready } = await open()
  const authenticator = await ready()
  const answer = await authenticator.authenticate(requestWith(`Bearer ${await issuer.token()}`))
  if (answer.outcome !== 'authenticated') throw new Error(answer.outcome)
  const { signal } = answer.principal
  expect(signal.aborted).toBe(false)
  await issuer.block('u1')
  await settle()
  expect(signal.reason).toMatchObject({ code: 'AUTH_TOKEN_REVOKED' })
})

test('options that are not usable are all reported at once', () => {
  const log = memoryEventLog()
  const make = () =>
    local({ issuer: '', audience: 'shop', keys: 'nowhere', log, maxStalenessMs: 10, maxRevocations: 0.5, onExpired: 'renew' })
  expect(make).toThrow(/maxStalenessMs.*maxRevocations.*issuer.*keys.*renew/)
})
