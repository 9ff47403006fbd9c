import { BlockList, isIP } from 'node:net'
import { type Authenticator, DefinitionInvalid, type Runtime, systemRuntime } from '@tidings/core'
import type { JWK } from 'jose'
import type { LocateService } from './forwarding/locate.ts'
import type { GatewayRoutes } from './routing/route-table.ts'

/** How requests from outside reach services. */
export interface GatewayOptions {
  /** 0 to 65535; 0 takes any free port, which {@link Gateway.url} then tells. */
  readonly port: number
  /** The address to listen on. To be reached from other machines say `0.0.0.0` or `::`. @default '127.0.0.1' */
  readonly host?: string
  /** What is forwarded: public routes of contracts, and prefixes. Everything else is answered 404. */
  readonly routes: readonly GatewayRoutes[]
  /** The address of each service by name, such as `{ orders: 'http://10.0.0.7:4101' }`, or a function asked at each request. */
  readonly locate: LocateService
  /** Tells who is calling. The gateway starts and stops it. */
  readonly authenticator: Authenticator
  /** The `iss` of internal tokens, which every `gatewayTrust` must name. @default 'urn:tidings:gateway' */
  readonly issuer?: string
  /**
   * Private keys for ES256: the first signs, all are published. Gateways that stand side by side need the same ones. To change
   * them put a new one last, later first, and take the old one out a minute after.
   *
   * @default one made at each start
   */
  readonly signingKeys?: readonly JWK[]
  /** How long an internal token lives, in milliseconds: 5,000 to 60,000, whole seconds. @default 60_000 */
  readonly tokenLifetimeMs?: number
  /** The most bytes of a request's body; more is answered 413. @default 1_048_576 */
  readonly bodyLimitBytes?: number
  /** The most requests and WebSockets at once, from 1; further ones are answered 503 at once. @default 4_096 */
  readonly maxInFlight?: number
  /** The most at once to one service, from 1, so that a slow one leaves room for the others. @default 1_024 */
  readonly maxInFlightPerService?: number
  /** How long to wait for a connection to a service, in milliseconds. @default 1_000 */
  readonly connectTimeoutMs?: number
  /** How long a client may take to send a whole request, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number
  /** How long a client may take to send the headers of a request, in milliseconds. @default 10_000 */
  readonly headersTimeoutMs?: number
  /** How long an answer that has begun may stand still, in milliseconds. @default 60_000 */
  readonly idleTimeoutMs?: number
  /** How long requests in flight may take to finish once the gateway stops, in milliseconds. @default 10_000 */
  readonly closeTimeoutMs?: number
  /**
   * Addresses and networks (`10.0.0.0/8`) of proxies before the gateway whose `X-Forwarded-For` and `X-Forwarded-Proto` are
   * believed. @default none
   */
  readonly trustedProxies?: readonly string[]
  /** Clock, randomness and logger. @default the real machine */
  readonly runtime?: Runtime
}

/** All options, checked. */
export interface GatewaySettings extends Required<Omit<GatewayOptions, 'trustedProxies'>> {
  readonly trustedProxies: BlockList
}

/** Fills in the defaults. @throws {DefinitionInvalid} Every option that is out of its limits. */
export function checkOptions(options: GatewayOptions): GatewaySettings {
  const faults: string[] = []
  const full = {
    ...options,
    host: options.host ?? '127.0.0.1',
    issuer: options.issuer ?? 'urn:tidings:gateway',
    signingKeys: options.signingKeys ?? [],
    tokenLifetimeMs: options.tokenLifetimeMs ?? 60_000,
    bodyLimitBytes: options.bodyLimitBytes ?? 1_048_576,
    maxInFlight: options.maxInFlight ?? 4_096,
    maxInFlightPerService: options.maxInFlightPerService ?? 1_024,
    connectTimeoutMs: options.connectTimeoutMs ?? 1_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 10_000,
    trustedProxies: networks(options.trustedProxies ?? [], faults),
    runtime: options.runtime ?? systemRuntime,
  }
  const limits = {
    port: [0, 65_535],
    tokenLifetimeMs: [5_000, 60_000],
    bodyLimitBytes: [1, Number.MAX_SAFE_INTEGER],
    maxInFlight: [1, 1_000_000],
    maxInFlightPerService: [1, 1_000_000],
    connectTimeoutMs: [1, 2_147_483_647],
    requestTimeoutMs: [1, 2_147_483_647],
    headersTimeoutMs: [1, 2_147_483_647],
    idleTimeoutMs: [1, 2_147_483_647],
    closeTimeoutMs: [0, 2_147_483_647],
  } as const
  // The table names only options that are numbers.
  for (const [name, [from, to]] of Object.entries(limits) as [keyof typeof limits, readonly [number, number]][]) {
    const value = full[name]
    if (!Number.isInteger(value) || value < from || value > to) faults.push(`${name} is not a whole number from ${from} to ${to}`)
  }
  if (full.host === '') faults.push('host is not a name or address')
  if (full.issuer === '') faults.push('issuer is empty')
  if (full.routes.length === 0) faults.push('routes is empty')
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'gateway', reason: faults.join(', '), remedy: 'Correct the options of the gateway.' })
  return full
}

function networks(list: readonly string[], faults: string[]): BlockList {
  const known = new BlockList()
  for (const text of list) {
    const [address = '', length, ...more] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : -1
    if (isIP(address) === 0 || bits < 0 || bits > most || more.length > 0)
      faults.push(`trustedProxies: "${text}" is no address and no network`)
    else known.addSubnet(address, bits, family)
  }
  return known
}
