import { isIP } from 'node:net'
import { type Authenticator, DefinitionInvalid, type Runtime, systemRuntime } from '@tidings/core'
import type { OpenApiOptions } from '../openapi/options.ts'

/** How a system is served over HTTP. */
export interface HttpServerOptions {
  /** 0 to 65535; 0 takes any free port, which {@link HttpServer.url} then tells. */
  readonly port: number
  /** The address to listen on. To be reached from other machines say `0.0.0.0` or `::`. @default '127.0.0.1' */
  readonly host?: string
  /** The most bytes of a request's body; more is answered 413. @default 1_048_576 */
  readonly bodyLimitBytes?: number
  /** The most requests at once, from 1; further ones are answered 503 at once, `/live` and `/ready` excepted. @default 4_096 */
  readonly maxInFlight?: number
  /** How long a client may take to send a whole request, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number
  /** How long a client may take to send the headers of a request, in milliseconds. @default 10_000 */
  readonly headersTimeoutMs?: number
  /** How long requests in flight may take to finish once the server stops, in milliseconds. @default 10_000 */
  readonly closeTimeoutMs?: number
  /**
   * Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` tells where a request came from; of all others the
   * header is not believed. @default none
   */
  readonly trustedProxies?: readonly string[]
  /**
   * Tells who is calling, for operations that are not open to anyone. Started and stopped with the server. @default none: such
   * operations are not served
   */
  readonly authenticator?: Authenticator
  /** What `/openapi.json` says beside the contracts; false serves none. @default what the contracts say */
  readonly openapi?: OpenApiOptions | false
  /** Clock and logger. @default the real machine */
  readonly runtime?: Pick<Runtime, 'clock' | 'logger'>
}

/** The options with their defaults. */
export type HttpSettings = Required<Omit<HttpServerOptions, 'authenticator'>> & Pick<HttpServerOptions, 'authenticator'>

/** Fills in the defaults. @throws {DefinitionInvalid} Every option that is out of its limits. */
export function checkOptions(options: HttpServerOptions): HttpSettings {
  const full = {
    port: options.port,
    host: options.host ?? '127.0.0.1',
    bodyLimitBytes: options.bodyLimitBytes ?? 1_048_576,
    maxInFlight: options.maxInFlight ?? 4_096,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 10_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 10_000,
    trustedProxies: options.trustedProxies ?? [],
    authenticator: options.authenticator,
    openapi: options.openapi ?? {},
    runtime: options.runtime ?? systemRuntime,
  }
  const faults: string[] = []
  const whole = (
    name: 'port' | 'bodyLimitBytes' | 'maxInFlight' | 'requestTimeoutMs' | 'headersTimeoutMs' | 'closeTimeoutMs',
    from: number,
    to: number,
  ) => {
    const value: unknown = full[name]
    if (!Number.isInteger(value) || Number(value) < from || Number(value) > to)
      faults.push(`${name} is not a whole number from ${from} to ${to}`)
  }
  whole('port', 0, 65_535)
  whole('bodyLimitBytes', 1, 1_073_741_824)
  whole('maxInFlight', 1, 1_000_000)
  whole('requestTimeoutMs', 1, 2_147_483_647)
  whole('headersTimeoutMs', 1, 2_147_483_647)
  whole('closeTimeoutMs', 0, 2_147_483_647)
  if (typeof full.host !== 'string' || full.host === '') faults.push('host is not a name or address')
  for (const proxy of full.trustedProxies) if (!isNetwork(proxy)) faults.push(`trustedProxies: "${proxy}" is no address and no network`)
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'HTTP server', reason: faults.join(', '), remedy: 'Correct the options of httpServer.' })
  return full
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return bits > 0 && more.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits))
}
