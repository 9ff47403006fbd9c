import { DefinitionInvalid, type Runtime, systemRuntime } from '@tidings/core'

/** How a service believes its gateway. */
export interface GatewayTrustOptions {
  /** The name of this service: the `aud` of the tokens that are taken, exactly this. */
  readonly service: string
  /** Where the gateway publishes its keys, such as `http://10.0.0.5:4105/.well-known/gateway-jwks.json`, or what loads the set. */
  readonly keys: string | URL | ((signal: AbortSignal) => Promise<unknown>)
  /** `iss` of the gateway's tokens. @default 'urn:tidings:gateway' */
  readonly issuer?: string
  /** How far the clocks of the gateway and this process may differ, in milliseconds, up to 60,000. @default 5_000 */
  readonly clockToleranceMs?: number
  /** How often the keys are loaded anew, in milliseconds. @default 60_000 */
  readonly refreshKeysMs?: number
  /** How long the keys are waited for, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
  /** Clock, random source and logger. @default the real machine */
  readonly runtime?: Runtime
}

/** Fills in the defaults. @throws {DefinitionInvalid} Every option that is out of its limits. */
export function checkGatewayTrustOptions(options: GatewayTrustOptions): Required<GatewayTrustOptions> {
  const full = {
    service: options.service,
    keys: options.keys,
    issuer: options.issuer ?? 'urn:tidings:gateway',
    clockToleranceMs: options.clockToleranceMs ?? 5_000,
    refreshKeysMs: options.refreshKeysMs ?? 60_000,
    timeoutMs: options.timeoutMs ?? 5_000,
    runtime: options.runtime ?? systemRuntime,
  }
  const faults: string[] = []
  for (const [name, from, to] of [
    ['clockToleranceMs', 0, 60_000],
    ['refreshKeysMs', 1_000, 86_400_000],
    ['timeoutMs', 1, 600_000],
  ] as const) {
    if (!Number.isInteger(full[name]) || full[name] < from || full[name] > to)
      faults.push(`${name} is not a whole number from ${from} to ${to}`)
  }
  for (const name of ['service', 'issuer'] as const)
    if (typeof full[name] !== 'string' || full[name] === '') faults.push(`${name} is no text`)
  if (typeof full.keys !== 'function' && !URL.canParse(String(full.keys))) faults.push('keys is neither a URL nor a function')
  if (faults.length > 0)
    throw new DefinitionInvalid({
      subject: 'trust in a gateway',
      reason: faults.join(', '),
      remedy: 'Correct the options of gatewayTrust.',
    })
  return full
}
