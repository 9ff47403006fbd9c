import type { Principal } from '@tidings/core'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { handRuntime } from '../../../test/hand-clock.ts'
import { sign } from '../../../test/signing.ts'
import { gatewayTrust } from './gateway-trust.ts'

let key: JWK
let other: JWK
beforeAll(async () => {
  const made = async (kid: string): Promise<JWK> => ({
    ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)),
    alg: 'ES256',
    use: 'sig',
    kid,
  })
  key = await made('g1')
  other = await made('g2')
})

const publicOf = ({ d: _, ...rest }: JWK): JWK => rest

async function open(isDown = false) {
  const runtime = handRuntime()
  const endpoint = { keys: [publicOf(key)], isDown }
  const keys = async (): Promise<unknown> => {
    if (endpoint.isDown) throw new Error('connection refused')
    return { keys: endpoint.keys }
  }
  const trust = gatewayTrust({ service: 'orders', keys, runtime })
  await trust.start()
  onTestFinished(() => trust.stop())
  const nowS = runtime.clock.now() / 1_000
  const token = (claims: object = {}, header: object = {}, by = key): Promise<string> => {
    const ids = { sub: 'u1', sid: 's1', jti: 'x1', ver: 3, scope: 'a b', tctx: { token: 't1' } }
    const payload = { iss: 'urn:tidings:gateway', aud: 'orders', iat: nowS, exp: nowS + 60, ...ids, ...claims }
    return sign(by, { kid: by.kid, typ: 'txntoken+jwt', ...header }, JSON.stringify(payload))
  }
  const ask = (headers: Record<string, readonly string[]>, signal?: AbortSignal) =>
    trust.authenticate({ header: (name) => headers[name] ?? [], signal })
  const outcome = async (...tokens: string[]): Promise<string> => {
    const answer = await ask({ 'txn-token': tokens })
    if (answer.outcome === 'undecided') return `503 ${answer.code}`
    return answer.outcome === 'authenticated' ? answer.outcome : `${answer.refusal.status} ${answer.refusal.code}`
  }
  return { trust, runtime, endpoint, token, ask, outcome }
}

test('whom the gateway has let in is let in, with what the client’s token said', async () => {
  const { token, ask } = await open()
  expect(await ask({ 'txn-token': [await token({ roles: ['buyer'] })] })).toMatchObject({
    outcome: 'authenticated',
    principal: { id: 'u1', scopes: new Set(['a', 'b']), sessionId: 's1', tokenId: 't1', claims: { roles: ['buyer'] } },
  })
})

test('a service that is asked directly answers 401, whatever token comes along', async () => {
  const { token, ask } = await open()
  expect(await ask({})).toEqual({ outcome: 'anonymous', refusal: { status: 401, challenge: 'Bearer', code: expect.any(String) } })
  expect(await ask({ authorization: [`Bearer ${await token({}, { typ: 'at+jwt' })}`] })).toMatchObject({ outcome: 'anonymous' })
  expect(await ask({ authorization: [`Bearer ${await token()}`] })).toMatchObject({ outcome: 'anonymous' })
})

test('only one token of the gateway, for this service and for a minute, is believed', async () => {
  const { token, outcome, runtime } = await open()
  const nowS = runtime.clock.now() / 1_000
  expect(await outcome(await token())).toBe('authenticated')
  for (const claims of [
    { aud: 'payments' },
    { aud: ['orders', 'payments'] },
    { iss: 'urn:other' },
    { exp: nowS + 61 },
    { exp: undefined },
    { sub: '' },
  ])
    expect(await outcome(await token(claims))).toBe('401 AUTH_CLAIM_INVALID')
  for (const header of [{ typ: 'at+jwt' }, { typ: undefined }, { typ: 'JWT' }])
    expect(await outcome(await token({}, header))).toBe('401 AUTH_CLAIM_INVALID')
  expect(await outcome(await token(), await token())).toBe('401 AUTH_CREDENTIAL_MALFORMED')
  expect(await outcome(`${await token()}=`)).toBe('401 AUTH_TOKEN_MALFORMED')
  expect(await outcome(await token({}, { kid: 'g1' }, other))).toBe('401 AUTH_SIGNATURE_INVALID')
  expect(await outcome(await token({}, {}, other))).toBe('401 AUTH_KEY_UNKNOWN')
  await runtime.clock.move(66_000)
  expect(await outcome(await token())).toBe('401 AUTH_TOKEN_EXPIRED')
})

test('a gateway that starts anew with another key is believed within a second', async () => {
  const { token, outcome, endpoint, runtime } = await open()
  expect(await outcome(await token())).toBe('authenticated')
  await runtime.clock.move(1_000)
  endpoint.keys = [publicOf(other)]
  expect(await outcome(await token({}, {}, other))).toBe('authenticated')
  // The old one is on its way with the last requests.
  expect(await outcome(await token())).toBe('authenticated')
})

test('whether a key is the gateway’s cannot be told while it is away: 503, and the keys that are known serve on', async () => {
  const { token, outcome, endpoint, runtime, trust } = await open(true)
  expect(await outcome(await token())).toBe('503 AUTH_KEYS_UNAVAILABLE')
  expect(trust.readiness().ready).toBe(false)
  endpoint.isDown = false
  await runtime.clock.move(2_000)
  await expect.poll(() => trust.readiness()).toMatchObject({ ready: true })
  endpoint.isDown = true
  await runtime.clock.move(3_000)
  expect(await outcome(await token())).toBe('authenticated')
})

test('the principal’s signal follows the request, which the gateway breaks off when the principal is revoked', async () => {
  const { token, ask } = await open()
  const request = new AbortController()
  const answer = await ask({ 'txn-token': [await token()] }, request.signal)
  const { signal } = (answer as { principal: Principal }).principal
  expect(signal.aborted).toBe(false)
  request.abort()
  expect(signal.aborted).toBe(true)
})

test('options that are not usable are refused, all at once', () => {
  expect(() => gatewayTrust({ service: '', keys: 'nowhere', timeoutMs: 0 })).toThrow(/timeoutMs.*service.*keys/)
})
