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
  /** The most bytes of a request's first line and headers; more is answered 431. @default 16_384 */
  readonly maxHeaderBytes?: number
  /** The most requests at once, from 1; further ones are answered 503 at once, `/live` and `/ready` excepted. @default 4_096 */
  readonly maxInFlight?: number
  /**
   * The most bytes of bodies that may be on their way at once, as their headers announce them; further requests are answered 503.
   * At least `bodyLimitBytes`, which a body counts that does not say its length.
   *
   * @default 268_435_456
   */
  readonly maxArrivingBytes?: number
  /** The most connections, from 1. Past it new ones are closed, and with them those that wait for their next request. @default 16_384 */
  readonly maxConnections?: number
  /** How many requests a connection may bring before it is closed; 0 for any number. @default 0 */
  readonly maxRequestsPerConnection?: number
  /** How long a client may take to send the headers of a request, in milliseconds. @default 10_000 */
  readonly headersTimeoutMs?: number
  /** How long a client may take to send a whole request, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number
  /** How long a client may take to take its answer once it is there, in milliseconds. @default 30_000 */
  readonly sendTimeoutMs?: number
  /** How long a connection may wait for its next request, in milliseconds. Longer than what stands before it, if anything. @default 72_000 */
  readonly keepAliveTimeoutMs?: number
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

/** Every option that is a whole number: its limits, and what it is where it is not given. */
const numbers = Object.freeze({
  port: { from: 0, to: 65_535, usual: Number.NaN },
  bodyLimitBytes: { from: 1, to: 1_073_741_824, usual: 1_048_576 },
  maxHeaderBytes: { from: 1_024, to: 1_048_576, usual: 16_384 },
  maxInFlight: { from: 1, to: 1_000_000, usual: 4_096 },
  maxArrivingBytes: { from: 1, to: Number.MAX_SAFE_INTEGER, usual: 268_435_456 },
  maxConnections: { from: 1, to: 1_000_000, usual: 16_384 },
  maxRequestsPerConnection: { from: 0, to: 1_000_000_000, usual: 0 },
  headersTimeoutMs: { from: 1, to: 2_147_483_647, usual: 10_000 },
  requestTimeoutMs: { from: 1, to: 2_147_483_647, usual: 30_000 },
  sendTimeoutMs: { from: 1, to: 2_147_483_647, usual: 30_000 },
  keepAliveTimeoutMs: { from: 1, to: 2_147_483_647, usual: 72_000 },
  closeTimeoutMs: { from: 0, to: 2_147_483_647, usual: 10_000 },
})

/** Fills in the defaults. @throws {DefinitionInvalid} Every option that is out of its limits. */
export function checkOptions(options: HttpServerOptions): HttpSettings {
  const faults: string[] = []
  const whole = (name: keyof typeof numbers): number => {
    const { from, to, usual } = numbers[name]
    const value = options[name] ?? usual
    if (!Number.isInteger(value) || value < from || value > to) faults.push(`${name} is not a whole number from ${from} to ${to}`)
    return value
  }
  const full = {
    port: whole('port'),
    host: options.host ?? '127.0.0.1',
    bodyLimitBytes: whole('bodyLimitBytes'),
    maxHeaderBytes: whole('maxHeaderBytes'),
    maxInFlight: whole('maxInFlight'),
    maxArrivingBytes: whole('maxArrivingBytes'),
    maxConnections: whole('maxConnections'),
    maxRequestsPerConnection: whole('maxRequestsPerConnection'),
    headersTimeoutMs: whole('headersTimeoutMs'),
    requestTimeoutMs: whole('requestTimeoutMs'),
    sendTimeoutMs: whole('sendTimeoutMs'),
    keepAliveTimeoutMs: whole('keepAliveTimeoutMs'),
    closeTimeoutMs: whole('closeTimeoutMs'),
    trustedProxies: options.trustedProxies ?? [],
    authenticator: options.authenticator,
    openapi: options.openapi ?? {},
    runtime: options.runtime ?? systemRuntime,
  }
  if (full.maxArrivingBytes < full.bodyLimitBytes) faults.push('maxArrivingBytes is less than bodyLimitBytes')
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
