import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { DefinitionInvalid } from '@tidings/core'
import { GatewayNotListening } from '../errors/gateway-errors.ts'
import { Conversations } from './conversations.ts'
import { Connections } from './forwarding/connections.ts'
import { locator } from './forwarding/locate.ts'
import { InFlight } from './in-flight.ts'
import { readSigningKeys } from './minting/signing-keys.ts'
import { checkOptions, type GatewayOptions, type GatewaySettings } from './options.ts'
import { answerOwnPath, ownPaths } from './own-paths.ts'
import { endWithRefusal, Refused, sendRefusal, unavailable } from './refusals/refused.ts'
import { RouteTable } from './routing/route-table.ts'
import { type Serving, serve, serveUpgrade } from './serve.ts'

/** A gateway that listens on an address. */
export interface Gateway {
  /** Where it listens, such as `http://127.0.0.1:4105`; undefined while it does not. */
  readonly url: string | undefined
  /** Listens; resolves when requests are taken. `/ready` tells when its authenticator can decide. */
  start(): Promise<void>
  /** Takes no new requests, finishes those in flight, ends WebSockets, and lets go of everything. */
  stop(): Promise<void>
}

/** How often Node looks for clients that are too slow, in milliseconds. Its default of 30 s would stretch every time limit. */
const slowClientCheckMs = 1_000

interface Running {
  readonly server: Server
  readonly serving: Serving
  readonly upgraded: Set<Duplex>
  isStopping: boolean
  stopped?: Promise<void>
}

/**
 * The one way in: a process of its own that authenticates every request once and passes it on to the service of its route
 * with a token for that service alone, which `gatewayTrust` there believes.
 *
 * A service never gets the client's token, nor any header that only the gateway may write. A path that two servers could
 * read differently is answered 400. What cannot be decided is answered 503, and let in by no one.
 *
 * `start` rejects, and nothing listens, with {@link GatewayNotListening}, or {@link KeyUnfit} for a signing key.
 *
 * @throws {DefinitionInvalid} An option is out of its limits, or routes contradict each other; all are listed.
 */
export function gateway(options: GatewayOptions): Gateway {
  const settings = checkOptions(options)
  const table = new RouteTable(settings.routes, ownPaths)
  const locate = locator(settings.locate)
  let running: Running | undefined
  let starting = false
  return {
    get url() {
      const address = running?.server.address()
      return address === undefined || address === null || typeof address === 'string' ? undefined : urlOf(address)
    },

    async start(): Promise<void> {
      if (running !== undefined || starting)
        throw new DefinitionInvalid({ subject: 'gateway', reason: 'it runs already', remedy: 'Stop it first, or make another one.' })
      starting = true
      try {
        running = await open(settings, table, locate)
      } finally {
        starting = false
      }
    },

    async stop(): Promise<void> {
      const current = running
      if (current === undefined) return
      current.stopped ??= close(current, settings)
      await current.stopped
      if (running === current) running = undefined
    },
  }
}

async function open(settings: GatewaySettings, table: RouteTable, locate: Serving['locate']): Promise<Running> {
  const keys = await readSigningKeys(settings.signingKeys)
  const running: Running = {
    server: createServer({
      requestTimeout: settings.requestTimeoutMs,
      headersTimeout: Math.min(settings.headersTimeoutMs, settings.requestTimeoutMs),
      connectionsCheckingInterval: slowClientCheckMs,
      // Other protocols are not offered; RFC 9110 lets a server go on without them.
      shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
    }),
    serving: {
      settings,
      table,
      locate,
      connections: new Connections({ perService: settings.maxInFlightPerService, connectTimeoutMs: settings.connectTimeoutMs }),
      mint: { issuer: settings.issuer, lifetimeMs: settings.tokenLifetimeMs, keys, runtime: settings.runtime },
      inFlight: new InFlight({ most: settings.maxInFlight, mostPerService: settings.maxInFlightPerService }),
      isStopping: () => running.isStopping,
      conversations: new Conversations(),
    },
    upgraded: new Set(),
    isStopping: false,
  }
  const { server } = running
  // Node drops further headers without a word, and one of them may be named in Connection. The size of all is limited anyway.
  server.maxHeadersCount = 0
  server.on('request', (request, response) => take(running, request, response, false))
  server.on('checkContinue', (request, response) => take(running, request, response, true))
  server.on('upgrade', (request, socket, head) => takeUpgrade(running, request, socket, head))
  server.on('clientError', (error, socket) => refuseConnection(error, socket, running.serving.conversations))
  await settings.authenticator.start()
  try {
    await listen(server, settings)
  } catch (error) {
    running.serving.connections.close()
    await settings.authenticator.stop()
    throw error
  }
  return running
}

const isFull = (): Refused => unavailable('This gateway has as much to do as it can. Nothing was done; ask again in a moment.')

function take(running: Running, request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
  const { inFlight, settings, mint, conversations } = running.serving
  conversations.begin(request.socket)
  response.once('close', () => conversations.end(request.socket))
  // It came in one piece with a request after which the connection is closed.
  if (conversations.isEnding(request.socket)) return
  if (answerOwnPath(request, response, running.isStopping, settings.authenticator, mint.keys.published)) return
  if (inFlight.isFull) {
    sendRefusal(request, response, isFull(), expectsContinue)
    return
  }
  inFlight.begin()
  response.once('close', () => inFlight.end())
  void serve(request, response, expectsContinue, running.serving)
}

function takeUpgrade(running: Running, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
    endWithRefusal(socket, new Refused(400, 'REQUEST_MALFORMED', 'The only other protocol that is spoken here is websocket.'))
    return
  }
  if (running.upgraded.size >= running.serving.settings.maxInFlight) {
    endWithRefusal(socket, isFull())
    return
  }
  running.upgraded.add(socket)
  socket.once('close', () => running.upgraded.delete(socket))
  void serveUpgrade(request, socket, head, running.serving)
}

async function close(running: Running, settings: GatewaySettings): Promise<void> {
  const { server, serving, upgraded } = running
  running.isStopping = true
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const finished = new AbortController()
  const late = settings.runtime.clock.sleep(settings.closeTimeoutMs, finished.signal).catch(() => undefined)
  await Promise.race([serving.inFlight.none(), late])
  finished.abort()
  // WebSockets end when one side wants it; their clients connect again, elsewhere.
  for (const socket of upgraded) socket.destroy()
  server.closeAllConnections()
  await closed
  serving.connections.close()
  await settings.authenticator.stop()
}

function listen(server: Server, { port, host }: GatewaySettings): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error & { readonly code?: string }): void =>
      reject(new GatewayNotListening({ host, port, reason: cause.code ?? 'no reason given', cause }))
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** Answers what is not a request that can be read, or came too slowly, and closes the connection. */
function refuseConnection(error: Error & { readonly code?: string }, socket: Duplex, conversations: Conversations): void {
  // The answer that is already written ends the connection.
  if (conversations.isEnding(socket)) socket.end()
  // Between the pieces of an answer, other words would be taken for a part of it.
  else if (error.code === 'ECONNRESET' || conversations.isOpen(socket)) socket.destroy()
  else endWithRefusal(socket, refusedConnection(error.code))
}

function refusedConnection(code: string | undefined): Refused {
  if (code === 'HPE_HEADER_OVERFLOW') return new Refused(431, 'HEADERS_TOO_LARGE', 'The headers are larger than this gateway takes.')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refused(408, 'REQUEST_TOO_SLOW', 'The request did not arrive in time. Send it again.')
  return new Refused(400, 'REQUEST_MALFORMED', 'This is not an HTTP request that can be read.')
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
