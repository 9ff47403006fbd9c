import { randomUUID } from 'node:crypto'
import { AccessChanged, FeedBeat, local } from '@tidings/auth'
import { type AuthenticationRequest, defineContract } from '@tidings/core'
import { publisher } from '@tidings/event-store'
import { memoryEventLog } from '@tidings/event-store/memory'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { type Comparison, perSecond, type Sides } from '../compare.ts'

const contract = defineContract('auth', { events: { AccessChanged, FeedBeat } })
const differentTokens = 256
const revocations = 10_000

/** Verifies access tokens in the process, `inFlight` at once, with facts about other users in the index. */
export function authLocal(inFlight: number, requests: number): Comparison {
  return {
    name: `auth: local, ${inFlight} in flight`,
    against: 'bare jose.jwtVerify with issuer, audience and type, same key',
    // 1.10 times the time.
    atLeast: 0.91,
    open: async () => open(inFlight, requests),
  }
}

async function open(inFlight: number, requests: number): Promise<Sides> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'k1' }] }
  const log = memoryEventLog()
  const publish = publisher(contract, log)
  const until = Date.now() + 900_000
  for (let n = 0; n < revocations; n++) {
    await publish.publish('AccessChanged', { scope: 'subject', id: `blocked-${n}`, seq: 1, minVersion: 2, blocked: true, until })
  }
  const beat = (): Promise<number> => publish.publish('FeedBeat', { at: Date.now() })
  const authenticator = local({ issuer: 'auth', audience: 'shop', keys: async () => jwks, log })
  await authenticator.start()
  await beat()
  while (!authenticator.readiness().ready) await new Promise((resolve) => setTimeout(resolve, 5))
  const tokens = await Promise.all(Array.from({ length: differentTokens }, (_, n) => sign(privateKey, n)))

  const inTurn = async (verify: (token: string) => Promise<void>): Promise<void> => {
    let next = 0
    const one = async (): Promise<void> => {
      for (let at = next++; at < requests; at = next++) await verify(tokens[at % differentTokens] ?? '')
    }
    await Promise.all(Array.from({ length: inFlight }, one))
  }
  return {
    ours: async () => {
      await beat()
      return perSecond(requests, () =>
        inTurn(async (token) => {
          const { outcome } = await authenticator.authenticate(requestWith(token))
          if (outcome !== 'authenticated') throw new Error(`A good token was ${outcome}.`)
        }),
      )
    },
    baseline: () =>
      perSecond(requests, () =>
        inTurn(
          async (token) =>
            void (await jwtVerify(token, publicKey, { issuer: 'auth', audience: 'shop', typ: 'at+jwt', algorithms: ['ES256'] })),
        ),
      ),
    close: async () => {
      await authenticator.stop()
      await log.close()
    },
  }
}

function requestWith(token: string): AuthenticationRequest {
  return { header: (name) => (name === 'authorization' ? [`Bearer ${token}`] : []) }
}

function sign(key: CryptoKey, n: number): Promise<string> {
  return new SignJWT({ sid: randomUUID(), ver: 1, scope: 'orders:read orders:write' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
    .setIssuer('auth')
    .setAudience('shop')
    .setSubject(`user-${n}`)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(key)
}
