import type { Authentication, AuthenticationRequest, Authenticator } from '@tidings/core'
import { CredentialMalformed } from '../../errors/decision-errors.ts'
import { fetchKeySet } from '../../keys/fetching/fetch-key-set.ts'
import { KeyRing } from '../../keys/fetching/key-ring.ts'
import { readEnvelope } from '../../tokens/read-envelope.ts'
import { internalTokenHeader, internalTokenType, type TokenRules } from '../../tokens/token-rules.ts'
import { checkAlgorithm } from '../../tokens/verify-signature.ts'
import { checkExpiry, checkHeader, verifyToken } from '../../tokens/verify-token.ts'
import { anonymous, answerTo } from '../refusals.ts'
import { GatewayPrincipal } from './gateway-principal.ts'
import { checkGatewayTrustOptions, type GatewayTrustOptions } from './gateway-trust-options.ts'

const maxLifetimeMs = 60_000
/** A gateway that starts anew may have a new key, and its requests should not wait for the next loading. */
const keyCoolDownMs = 1_000

/**
 * Believes the gateway, and nobody else, about who is calling: each request must carry the token that the gateway made for it
 * and for this service alone. Asked directly, with whatever token, the service answers 401.
 *
 * A revocation holds as soon as the gateway knows of it. What a service asks other services by itself does not go through
 * the gateway and carries no such token.
 *
 * @throws {DefinitionInvalid} Options that are not usable.
 */
export function gatewayTrust(options: GatewayTrustOptions): Authenticator {
  const { service, keys, issuer, clockToleranceMs, refreshKeysMs, timeoutMs, runtime } = checkGatewayTrustOptions(options)
  const rules: TokenRules = { issuer, audience: service, type: internalTokenType, maxLifetimeMs, clockToleranceMs }
  const ring = new KeyRing({
    load: typeof keys === 'function' ? keys : (signal) => fetchKeySet(keys, signal),
    refreshMs: refreshKeysMs,
    coolDownMs: keyCoolDownMs,
    timeoutMs,
    overlapMs: maxLifetimeMs + 2 * clockToleranceMs,
    runtime,
  })

  async function decide(request: AuthenticationRequest): Promise<Authentication> {
    const [token, ...more] = request.header(internalTokenHeader)
    if (token === undefined) return anonymous
    if (more.length > 0) throw new CredentialMalformed({ fault: 'there is more than one internal token' })
    const header = readEnvelope(token)
    checkAlgorithm(header)
    const keyId = checkHeader(header, rules)
    const now = runtime.clock.now()
    const claims = await verifyToken(token, header, ring.get(keyId) ?? (await ring.find(keyId)), rules, now)
    checkExpiry(claims, keyId, rules, now)
    return { outcome: 'authenticated', principal: new GatewayPrincipal(claims, request.signal) }
  }

  return {
    start: async () => ring.start(),
    stop: async () => ring.stop(),
    readiness: () => ({ ready: ring.fault === undefined, reasons: ring.fault === undefined ? [] : [ring.fault], notes: [] }),
    async authenticate(request) {
      try {
        return await decide(request)
      } catch (error) {
        return answerTo(error, runtime.logger)
      }
    },
  }
}
