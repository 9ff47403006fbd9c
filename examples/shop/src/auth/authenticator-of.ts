import { gatewayTrust, introspect, introspection, local } from '@tidings/auth'
import type { Authenticator, EventLog } from '@tidings/core'
import type { Locate } from '../locate.ts'
import type { Strategy } from './strategy.ts'
import { tokens } from './tokens.ts'

/** What a process of the shop needs to tell who is calling. */
export interface AuthenticatorOptions {
  /** The service that asks. */
  readonly service: string
  readonly log: EventLog
  readonly locate: Locate
  /** No revoked token is taken by `local` for longer than this, in milliseconds. */
  readonly maxStalenessMs: number
}

/** The one place where a strategy is chosen: all of them are an `Authenticator`, and nothing else in a service differs. */
export function authenticatorOf(strategy: Exclude<Strategy, 'none'>, options: AuthenticatorOptions): Authenticator
export function authenticatorOf(strategy: Strategy, options: AuthenticatorOptions): Authenticator | undefined
export function authenticatorOf(
  strategy: Strategy,
  { service, log, locate, maxStalenessMs }: AuthenticatorOptions,
): Authenticator | undefined {
  const ask = async (token: string, signal: AbortSignal) => introspection(`${locate('auth')}/auth/introspect`)(token, signal)
  switch (strategy) {
    case 'none':
      return undefined
    case 'introspect':
      // Every request is asked about, so the answer is of this moment. The log ends what is under way when it is revoked.
      return introspect({ ...tokens, ask, log, keepForMs: 0 })
    case 'local':
      return local({
        ...tokens,
        keys: async (signal) => loadJson(`${locate('auth')}/.well-known/jwks.json`, signal),
        log,
        introspect: ask,
        maxStalenessMs,
      })
    case 'gateway':
      return gatewayTrust({ service, keys: async (signal) => loadJson(`${locate('gateway')}/.well-known/gateway-jwks.json`, signal) })
  }
}

/** Asked anew each time, since the one who answers may have come back at another address. */
async function loadJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'error' })
  if (response.ok) return response.json()
  await response.body?.cancel()
  throw new Error(`${url} answered ${response.status}.`)
}
