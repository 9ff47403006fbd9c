import { TidingsError } from '@tidings/core'
import { type VettedKey, vetKey } from '../../keys/vetting/vet-key.ts'
import type { TokenClaims } from '../../tokens/read-claims.ts'
import { readEnvelope } from '../../tokens/read-envelope.ts'
import { accessTokenType, type TokenRules } from '../../tokens/token-rules.ts'
import { checkExpiry, checkHeader, verifyToken } from '../../tokens/verify-token.ts'
import type { Issuer } from '../issuer.ts'
import { publishedKeys, type SigningKeyRow } from '../signing/key-ring.ts'
import { readRing } from '../signing/rings.ts'
import type { Tables } from '../store/tables.ts'
import { factKey } from '../users/record-fact.ts'

/** Reads access tokens that this service signed. */
export class OwnTokens<Db> {
  readonly #issuer: Issuer<Db>
  readonly #rules: TokenRules
  #ready = new Map<string, Promise<VettedKey>>()

  constructor(issuer: Issuer<Db>) {
    this.#issuer = issuer
    const { issuer: name, audience, tokenLifetimeMs, clockToleranceMs } = issuer.settings
    this.#rules = { issuer: name, audience, type: accessTokenType, maxLifetimeMs: tokenLifetimeMs, clockToleranceMs }
  }

  /**
   * What a token says; undefined where it is none of ours, or has expired.
   *
   * @param expiredForMs Up to so long ago is not too long. @default 0
   */
  async read(text: string, tables: Tables, expiredForMs = 0): Promise<TokenClaims | undefined> {
    const now = this.#issuer.now()
    try {
      const header = readEnvelope(text)
      const keyId = checkHeader(header, this.#rules)
      const published = publishedKeys(await readRing(tables), now, this.#issuer.times)
      const key = published.find((one) => one.keyId === keyId)
      if (key === undefined) return undefined
      const claims = await verifyToken(text, header, await this.#vetted(key), this.#rules, now)
      // Here the clock is the one that it was made by.
      checkExpiry(claims, keyId, { ...this.#rules, clockToleranceMs: expiredForMs }, now)
      return claims
    } catch (error) {
      // What a stranger sends is never a fault of this service.
      if (error instanceof TidingsError && error.code.startsWith('AUTH_')) return undefined
      throw error
    }
  }

  /** Whether nothing was revoked that the token depends on. */
  async isLive({ subject, sessionId, tokenId, version }: TokenClaims, tables: Tables): Promise<boolean> {
    const user = await tables.users.get(subject)
    if (user === undefined || user.state !== 'active' || version < user.version) return false
    const session = await tables.sessions.get(sessionId)
    if (session === undefined || session.endedAt !== null || session.userId !== subject) return false
    return (await tables.facts.get(factKey({ scope: 'token', id: tokenId })))?.blocked !== true
  }

  #vetted({ keyId, publicKey }: SigningKeyRow): Promise<VettedKey> {
    const known = this.#ready.get(keyId)
    if (known !== undefined) return known
    if (this.#ready.size >= 8) this.#ready = new Map()
    const vetted = vetKey(publicKey)
    this.#ready.set(keyId, vetted)
    return vetted
  }
}
