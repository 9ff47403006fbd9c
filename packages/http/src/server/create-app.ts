import type { Authenticator, ServedSystem } from '@tidings/core'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { handleFailure } from '../failures/handle-failure.ts'
import { refuseConnection } from '../failures/refuse-connection.ts'
import { type Audience, sendFailure } from '../failures/send-failure.ts'
import { parseJson } from '../inputs/parse-json.ts'
import { Guard, principalDecoration } from './guard.ts'
import type { InFlight } from './in-flight.ts'
import { addOpenApi } from './openapi-route.ts'
import { addOperation, arrivedAt, isInternal } from './operation-routes.ts'
import type { HttpSettings } from './options.ts'
import { RequestTrace } from './request-trace.ts'
import { healthPaths, openApiPath, routeTable, wrongMethods } from './route-table.ts'
import type { StallWatch } from './stall-watch.ts'

/** How often Node looks for clients that are too slow, in milliseconds. Its default of 30 s would stretch every time limit. */
const slowClientCheckMs = 1_000

/** What the server knows of its own state. */
export interface ServerState {
  stopping: boolean
  readonly inFlight: InFlight
  readonly stalls: StallWatch
}

/** Builds the server with all its routes; it does not listen yet. */
export function createApp(settings: HttpSettings, system: ServedSystem, state: ServerState): FastifyInstance {
  const { logger } = settings.runtime
  const app = fastify({
    bodyLimit: settings.bodyLimitBytes,
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    requestTimeout: settings.requestTimeoutMs,
    http: {
      headersTimeout: Math.min(settings.headersTimeoutMs, settings.requestTimeoutMs),
      connectionsCheckingInterval: slowClientCheckMs,
    },
    // Requests that come while it stops are answered here, in the form that their audience reads.
    return503OnClosing: false,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => handleFailure(error, request, reply, audienceOf(request), logger),
    // Keys have up to 512 characters, each up to 12 when percent-encoded.
    routerOptions: { maxParamLength: 6_144 },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => parseJson(body))
  addHooks(app, settings, state)
  addHealth(app, system, state, settings.authenticator)
  const ownPaths = settings.openapi === false ? healthPaths : [...healthPaths, openApiPath]
  const guard = new Guard(settings.authenticator)
  const entries = routeTable(system.contracts, ownPaths)
  const jsonSchema = settings.openapi === false ? undefined : settings.openapi.jsonSchema
  for (const entry of entries) addOperation(app, entry, { system, runtime: settings.runtime, stalls: state.stalls, guard, jsonSchema })
  if (settings.openapi !== false) addOpenApi(app, system.contracts, settings.openapi, logger)
  for (const { path, allowed, refused } of wrongMethods([...entries, ...ownPaths.map((url) => ({ method: 'GET', path: url }))])) {
    // Before the body is read: it does not matter any more.
    app.route({
      method: [...refused],
      url: path,
      onRequest: (request, reply) => wrongMethod(request, reply, allowed),
      handler: unreachable,
    })
  }
  app.setNotFoundHandler(nothingHere)
  app.setErrorHandler((error, request, reply) => handleFailure(error, request, reply, audienceOf(request), logger))
  return app
}

function addHooks(app: FastifyInstance, { maxInFlight, runtime }: HttpSettings, state: ServerState): void {
  const traces = new RequestTrace(runtime.clock)
  app.decorateRequest(arrivedAt, 0)
  app.decorateRequest(RequestTrace.decoration, null)
  app.decorateRequest(principalDecoration, null)
  app.addHook('onRequest', async (request, reply) => {
    state.inFlight.begin()
    reply.raw.once('close', () => state.inFlight.end())
    // Whoever asks all the time how this process does would fill the traces.
    if (healthPaths.includes(request.url)) return
    traces.begin(request, reply)
    request.setDecorator(arrivedAt, runtime.clock.monotonic())
    if (state.stopping) return refuse(request, reply, 'This server is stopping. Ask again in a moment.')
    if (state.inFlight.count > maxInFlight) return refuse(request, reply, 'This server has as much to do as it can. Ask again in a moment.')
  })
  app.addHook('onSend', async (_, reply) => {
    if (state.stopping) reply.header('connection', 'close')
  })
}

/** Before the body is read, so that it costs next to nothing. */
function refuse(request: FastifyRequest, reply: FastifyReply, message: string): FastifyReply {
  return sendFailure(reply, audienceOf(request), { code: 'SERVICE_UNAVAILABLE', message, retryable: true })
}

function addHealth(app: FastifyInstance, system: ServedSystem, state: ServerState, authenticator: Authenticator | undefined): void {
  app.get('/live', async () => ({ live: true }))
  app.get('/ready', async (_, reply) => {
    const parts = [system.readiness(), ...(authenticator === undefined ? [] : [authenticator.readiness()])]
    const reasons = [...parts.flatMap((part) => part.reasons), ...(state.stopping ? ['the server is stopping'] : [])]
    const ready = !state.stopping && parts.every((part) => part.ready)
    return reply.code(ready ? 200 : 503).send({ ready, reasons, notes: parts.flatMap(({ notes }) => notes) })
  })
}

/** An address that nobody has is answered in the form of its asker. */
function audienceOf(request: FastifyRequest): Audience {
  return isInternal(request) ? { form: 'internal' } : { form: 'public' }
}

async function wrongMethod(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): Promise<FastifyReply> {
  // To another Tidings process no operation has this address; that a public route looks like it is chance.
  if (audienceOf(request).form === 'internal') return nothingHere(request, reply)
  reply.header('allow', allowed.join(', '))
  const message = `${request.method} is not answered here. Use ${allowed.join(' or ')}.`
  return sendFailure(reply, { form: 'public' }, { code: 'METHOD_REFUSED', message, retryable: false }, 405)
}

function nothingHere(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Without the query, which may hold what should not stand in an answer that is kept.
  const path = request.url.split('?', 1)[0]?.slice(0, 200)
  const message = `There is nothing at ${request.method} ${path}. See the contract for the routes there are.`
  return sendFailure(reply, audienceOf(request), { code: 'OPERATION_UNKNOWN', message, retryable: false })
}

async function unreachable(): Promise<never> {
  throw new Error('A request with a wrong method was not refused before its handler.')
}
