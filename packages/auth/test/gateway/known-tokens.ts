import type { Authentication, AuthenticationRequest, Authenticator, Principal } from '@tidings/core'

/** Knows a few tokens by heart, so that tests of what is around an authenticator need no issuer. */
export function knownTokens(...scopes: string[]) {
  const revoked = new AbortController()
  const principal: Principal = { id: 'u1', scopes: new Set(scopes), signal: revoked.signal }
  const state = { isDown: false, asked: 0, revoke: () => revoked.abort() }
  const answerTo = (request: AuthenticationRequest): Authentication => {
    state.asked++
    if (state.isDown) return { outcome: 'undecided', code: 'AUTH_KEYS_UNAVAILABLE', retryAfterMs: 2_500 }
    const [credential, ...more] = request.header('authorization')
    if (credential === undefined) return { outcome: 'anonymous', refusal: { status: 401, challenge: 'Bearer', code: 'AUTH_TOKEN_MISSING' } }
    if (more.length === 0 && credential === 'Bearer good' && !revoked.signal.aborted) return { outcome: 'authenticated', principal }
    if (more.length === 0 && credential === 'Bearer old') return { outcome: 'authenticated', principal, renewedToken: 'good' }
    return { outcome: 'refused', refusal: { status: 401, challenge: 'Bearer error="invalid_token"', code: 'AUTH_TOKEN_MALFORMED' } }
  }
  const authenticator: Authenticator = {
    start: async () => {},
    authenticate: async (request) => answerTo(request),
    readiness: () => ({ ready: !state.isDown, reasons: state.isDown ? ['no keys'] : [], notes: [] }),
    stop: async () => {},
  }
  return Object.assign(state, { authenticator, principal })
}
