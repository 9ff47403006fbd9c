import { randomUUID } from 'node:crypto'
import { type AuthenticationRequest, type Authenticator, type Clock, defineContract, type EventLog, type Runtime } from '@tidings/core'
import { type Publisher, publisher } from '@tidings/event-store'
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'
import { AccessChanged, AccessSnapshot, FeedBeat, type RevocationFact, SigningKeysChanged, snapshotParts } from '../src/index.ts'

const contract = defineContract('auth', { events: { AccessChanged, AccessSnapshot, FeedBeat, SigningKeysChanged } })
const maxTokenLifeMs = 900_000

interface User {
  version: number
  seq: number
}

/** What an auth service does, as far as those see it who verify its tokens: it signs, and says in the log what changed. */
export class TestIssuer {
  readonly keyId: string
  readonly jwk: JWK
  readonly #privateKey: CryptoKey
  readonly #clock: Clock
  readonly #publisher: Publisher<typeof contract>
  readonly #log: EventLog
  readonly #users = new Map<string, User>()

  private constructor(jwk: JWK, privateKey: CryptoKey, log: EventLog, runtime: Runtime) {
    this.jwk = jwk
    this.keyId = String(jwk.kid)
    this.#privateKey = privateKey
    this.#clock = runtime.clock
    this.#log = log
    this.#publisher = publisher(contract, log, { ...runtime, random: { next: Math.random, bytes: randomBytes } })
  }

  static async create(log: EventLog, runtime: Runtime, keyId = 'k1'): Promise<TestIssuer> {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    return new TestIssuer({ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: keyId }, privateKey, log, runtime)
  }

  get jwks(): { keys: JWK[] } {
    return { keys: [this.jwk] }
  }

  /** A good access token, but for what is given. */
  token(claims: object = {}, header: object = {}): Promise<string> {
    const nowS = Math.floor(this.#clock.now() / 1_000)
    const { sub = 'u1' } = claims as { sub?: string }
    const ids = { sub, sid: `s-${sub}`, jti: randomUUID(), ver: this.#user(sub).version }
    const payload = { iss: 'auth', aud: 'shop', iat: nowS, exp: nowS + 600, scope: 'orders:read', ...ids, ...claims }
    return new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'ES256', kid: this.keyId, typ: 'at+jwt', ...header })
      .sign(this.#privateKey)
  }

  /** Old tokens stay dead, whatever comes after. */
  block(sub: string): Promise<RevocationFact> {
    this.#user(sub).version++
    return this.#change('subject', sub, true)
  }

  unblock(sub: string): Promise<RevocationFact> {
    return this.#change('subject', sub, false)
  }

  /** Old tokens live again once resumed. */
  suspend(sub: string): Promise<RevocationFact> {
    return this.#change('subject', sub, true)
  }

  resume(sub: string): Promise<RevocationFact> {
    return this.#change('subject', sub, false)
  }

  endSession(sid: string): Promise<RevocationFact> {
    return this.publish({ scope: 'session', id: sid, seq: 1, minVersion: 0, blocked: true, until: this.#until })
  }

  async publish(fact: RevocationFact): Promise<RevocationFact> {
    await this.#publisher.publish('AccessChanged', fact)
    return fact
  }

  async beat(at = this.#clock.now()): Promise<void> {
    await this.#publisher.publish('FeedBeat', { at })
  }

  async snapshot(facts: readonly RevocationFact[], after?: number): Promise<void> {
    const start = after ?? (await this.#log.sealed())
    for (const part of snapshotParts(start, facts))
      await this.#publisher.publish('AccessSnapshot', { after: part.after, facts: [...part.facts] })
  }

  async tellKeys(withdrawn: readonly string[] = []): Promise<void> {
    await this.#publisher.publish('SigningKeysChanged', { keys: [this.jwk as Record<string, string>], withdrawn: [...withdrawn] })
  }

  get #until(): number {
    return this.#clock.now() + maxTokenLifeMs
  }

  #user(sub: string): User {
    const known = this.#users.get(sub) ?? { version: 1, seq: 0 }
    this.#users.set(sub, known)
    return known
  }

  #change(scope: 'subject', id: string, blocked: boolean): Promise<RevocationFact> {
    const user = this.#user(id)
    return this.publish({ scope, id, seq: ++user.seq, minVersion: user.version, blocked, until: this.#until })
  }
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}

/** A request with these `Authorization` headers. */
export function requestWith(...authorization: string[]): AuthenticationRequest {
  return { header: (name) => (name === 'authorization' ? authorization : []) }
}

/** What an authenticator makes of a token: `authenticated`, or the code of why not. */
export async function outcomeOf(authenticator: Authenticator, token: string): Promise<string> {
  const answer = await authenticator.authenticate(requestWith(`Bearer ${token}`))
  if (answer.outcome === 'undecided') return `503 ${answer.code}`
  return answer.outcome === 'authenticated' ? answer.outcome : `${answer.refusal.status} ${answer.refusal.code}`
}
