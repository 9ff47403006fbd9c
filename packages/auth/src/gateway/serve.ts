import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Conversations } from './conversations.ts'
import type { Connections, Outgoing } from './forwarding/connections.ts'
import { ClientGone, CutOff } from './forwarding/cut-off.ts'
import { bodyTooLarge } from './forwarding/flow.ts'
import { forward } from './forwarding/forward.ts'
import type { Location } from './forwarding/locate.ts'
import { forwardUpgrade } from './forwarding/upgrade.ts'
import { forwardedFor, forwardedProto } from './headers/forwarded.ts'
import { type Framing, framingHeaders, readFraming } from './headers/framing.ts'
import { valuesOf } from './headers/header-names.ts'
import { headersToService } from './headers/to-service.ts'
import type { InFlight } from './in-flight.ts'
import { type LetIn, letIn } from './let-in.ts'
import { type MintOptions, mintToken } from './minting/token-mint.ts'
import type { GatewaySettings } from './options.ts'
import { endWithRefusal, Refused, sendRefusal, unavailable } from './refusals/refused.ts'
import { readTarget } from './routing/request-target.ts'
import type { Route, RouteTable } from './routing/route-table.ts'

/** Everything that serving a request needs. */
export interface Serving {
  readonly settings: GatewaySettings
  readonly table: RouteTable
  readonly locate: (service: string) => Promise<Location>
  readonly connections: Connections
  readonly mint: MintOptions
  readonly inFlight: InFlight
  readonly isStopping: () => boolean
  readonly conversations: Conversations
}

/** The header in which a client gets a new token in place of one that has expired. */
const renewedHeader = 'tidings-renewed-token'

/** Serves one request: whatever goes wrong is answered. */
export async function serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean, serving: Serving): Promise<void> {
  const cutOff = new CutOff()
  response.once('close', () => (response.writableFinished ? cutOff.finish() : cutOff.cut(new ClientGone())))
  try {
    const framing = readFraming(request)
    if (framing.kind === 'length' && framing.bytes > serving.settings.bodyLimitBytes) throw bodyTooLarge(serving.settings.bodyLimitBytes)
    await pass(request, framing, cutOff, serving, async (outgoing, answerBegun, { renewedToken }) => {
      if (expectsContinue) response.writeContinue()
      const added = (): string[] => [
        ...(renewedToken === undefined ? [] : [renewedHeader, renewedToken]),
        ...(serving.isStopping() ? ['connection', 'close'] : []),
      ]
      const bounds = { ...serving.settings, cutOff, answerBegun }
      await forward(framing.kind === 'none' ? undefined : request, response, outgoing, serving.connections, bounds, added)
    })
  } catch (error) {
    if (error instanceof ClientGone) return
    const refused = told(error, request, serving)
    // A body that was announced and held back would else be taken for the next request, or the next request for it.
    const close = serving.isStopping() || refused.status === 413 || refused.code === 'REQUEST_MALFORMED' || expectsContinue
    if (close) serving.conversations.endAfterAnswer(request.socket)
    sendRefusal(request, response, refused, close)
  } finally {
    cutOff.finish()
  }
}

/** Serves one request to open a WebSocket. */
export async function serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, serving: Serving): Promise<void> {
  const cutOff = new CutOff()
  socket.once('close', () => cutOff.cut(new ClientGone()))
  socket.on('error', () => socket.destroy())
  try {
    if (readFraming(request).kind !== 'none' || request.method !== 'GET')
      throw new Refused(400, 'REQUEST_MALFORMED', 'A WebSocket begins with GET and has no body.')
    await pass(request, { kind: 'none' }, cutOff, serving, async (outgoing, answerBegun) => {
      const headers = [...outgoing.headers, 'connection', 'Upgrade', 'upgrade', 'websocket']
      await forwardUpgrade({ socket, head }, { ...outgoing, headers }, serving.connections, { cutOff, answerBegun })
    })
  } catch (error) {
    if (!(error instanceof ClientGone)) endWithRefusal(socket, told(error, request, serving))
  } finally {
    cutOff.finish()
  }
}

/** What requests and WebSockets have in common: find the route, let in, mint, and send on within the time there is. */
async function pass(
  request: IncomingMessage,
  framing: Framing,
  cutOff: CutOff,
  { settings, table, locate, mint, inFlight, isStopping }: Serving,
  send: (outgoing: Outgoing, answerBegun: () => void, caller: LetIn) => Promise<void>,
): Promise<void> {
  const { clock } = settings.runtime
  const arrivedAt = clock.monotonic()
  if (isStopping()) throw unavailable('This gateway is stopping. Ask again in a moment.')
  const target = readTarget(request.url)
  if ('fault' in target) throw new Refused(400, 'URL_MALFORMED', `The path ${target.fault}. Write it in its one plain form.`)
  const method = request.method ?? ''
  const route = routeOf(table, method, target.path)
  const end = inFlight.beginFor(route.service)
  try {
    const timeoutMs = Math.min(route.timeoutMs, deadlineOf(request) ?? route.timeoutMs)
    if (timeoutMs < 1) throw new Refused(504, 'REQUEST_TIMED_OUT', 'The request came when the time for it was over. Nothing was done.')
    const answerBegun = cutOff.after(clock, timeoutMs, route.service)
    const [caller, location] = await orCut(cutOff, (signal) =>
      Promise.all([letIn(request, target.search, route.access, settings.authenticator, signal), locate(route.service)]),
    )
    if (caller.principal !== undefined) cutOff.whenRevoked(caller.principal.signal)
    const internalToken = caller.principal === undefined ? undefined : await mintToken(route.service, caller.principal, mint)
    if (cutOff.reason !== undefined) throw cutOff.reason
    const told = {
      host: location.url.host,
      internalToken,
      timeoutMs: Math.max(1, timeoutMs - (clock.monotonic() - arrivedAt)),
      forwardedFor: forwardedFor(request, settings.trustedProxies),
      forwardedProto: forwardedProto(request, settings.trustedProxies),
    }
    const headers = [...headersToService(request, told), ...framingHeaders(framing, method)]
    await send({ service: route.service, location, method, path: `${target.path}${target.search}`, headers }, answerBegun, caller)
  } finally {
    end()
  }
}

function routeOf(table: RouteTable, method: string, path: string): Route {
  const found = table.match(method, path)
  if (found === undefined) throw new Refused(404, 'ROUTE_UNKNOWN', 'There is nothing at this path.')
  if ('route' in found && !['TRACE', 'CONNECT'].includes(method)) return found.route
  const allowed = 'route' in found ? [] : found.allowed
  throw new Refused(405, 'METHOD_REFUSED', `${method} is not answered here.`, { headers: { allow: allowed.join(', ') } })
}

/** How long the client itself waits, in milliseconds, where it says so. It can only shorten what the route allows. */
function deadlineOf({ rawHeaders }: IncomingMessage): number | undefined {
  const [text, ...more] = valuesOf(rawHeaders, 'tidings-timeout-ms')
  return text !== undefined && more.length === 0 && /^(0|[1-9][0-9]{0,9})$/.test(text) ? Number(text) : undefined
}

/** Waits for work, but no longer than the request is worth it. */
async function orCut<R>(cutOff: CutOff, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const given = new AbortController()
  let takeBack = (): void => {}
  const cut = new Promise<never>((_, reject) => {
    takeBack = cutOff.onCut((reason) => {
      given.abort(reason)
      reject(reason)
    })
  })
  try {
    return await Promise.race([work(given.signal), cut])
  } finally {
    takeBack()
  }
}

/**
 * What goes wrong unforeseen is news for the log, and never for the client. No path and no header is logged, nor what a
 * service sent: all may hold secrets.
 */
function told(error: unknown, request: IncomingMessage, { settings }: Serving): Refused {
  const { logger } = settings.runtime
  if (!(error instanceof Refused)) {
    logger.error('A request could not be forwarded', { error })
    return new Refused(500, 'INTERNAL', 'Something is wrong in this gateway; its log tells what.')
  }
  if (error.cause instanceof Error)
    logger.warn(`${request.method} was answered ${error.status}: ${error.message}`, { cause: error.cause.message })
  return error
}
