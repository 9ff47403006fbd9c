import type { Authenticator, ServedSystem } from '@tidings/core'
import { errorCodes, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { audienceOf, nothingHere } from '../failures/audience.ts'
import { handleFailure } from '../failures/handle-failure.ts'
import { refuseConnection } from '../failures/refuse-connection.ts'
import { sendFailure } from '../failures/send-failure.ts'
import { parseForm } from '../inputs/parse-form.ts'
import { parseJson } from '../inputs/parse-json.ts'
import { Guard } from './guard.ts'
import { addHooks, type ServerState } from './hooks.ts'
import { addOpenApi } from './openapi-route.ts'
import { addOperation, takesForms } from './operation-routes.ts'
import type { HttpSettings } from './options.ts'
import { healthPaths, openApiPath, routeTable, wrongMethods } from './route-table.ts'

/** How often Node looks for clients that are too slow, in milliseconds. Its default of 30 s would stretch every time limit. */
const slowClientCheckMs = 1_000

/** Builds the server with all its routes; it does not listen yet. */
export function createApp(settings: HttpSettings, system: ServedSystem, state: ServerState): FastifyInstance {
  const { logger } = settings.runtime
  const app = fastify({
    bodyLimit: settings.bodyLimitBytes,
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    requestTimeout: settings.requestTimeoutMs,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    http: {
      headersTimeout: Math.min(settings.headersTimeoutMs, settings.requestTimeoutMs),
      connectionsCheckingInterval: slowClientCheckMs,
      maxHeaderSize: settings.maxHeaderBytes,
      // Refused in our form, with what else is wrong with a head.
      requireHostHeader: false,
    },
    // Requests that come while it stops are answered here, in the form that their audience reads.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
      else state.inFlight.endConnection(socket, () => refuseConnection(error, socket))
    },
    frameworkErrors: (error, request, reply) => handleFailure(error, request, reply, audienceOf(request), logger),
    // Keys have up to 512 characters, each up to 12 when percent-encoded.
    routerOptions: { maxParamLength: 6_144 },
  })
  // Node would leave out headers past a number of them without a word; their size is bounded anyway.
  app.server.maxHeadersCount = 0
  // Node would ask for the body before anything has looked at the head.
  app.server.on('checkContinue', app.routing)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => parseJson(body))
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (!takesForms(request)) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE('application/x-www-form-urlencoded')
    return parseForm(body)
  })
  addHooks(app, settings, state)
  addHealth(app, system, state, settings.authenticator)
  const ownPaths = settings.openapi === false ? healthPaths : [...healthPaths, openApiPath]
  const guard = new Guard(settings.authenticator)
  const entries = routeTable(system.contracts, ownPaths)
  const jsonSchema = settings.openapi === false ? undefined : settings.openapi.jsonSchema
  const surroundings = { ...state, system, runtime: settings.runtime, guard, jsonSchema, bodyLimitBytes: settings.bodyLimitBytes }
  for (const entry of entries) addOperation(app, entry, surroundings)
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

function addHealth(app: FastifyInstance, system: ServedSystem, state: ServerState, authenticator: Authenticator | undefined): void {
  app.get('/live', async () => ({ live: true }))
  app.get('/ready', async (_, reply) => {
    const parts = [system.readiness(), ...(authenticator === undefined ? [] : [authenticator.readiness()])]
    const reasons = [...parts.flatMap((part) => part.reasons), ...(state.stopping ? ['the server is stopping'] : [])]
    const ready = !state.stopping && parts.every((part) => part.ready)
    return reply.code(ready ? 200 : 503).send({ ready, reasons, notes: parts.flatMap(({ notes }) => notes) })
  })
}

async function wrongMethod(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): Promise<FastifyReply> {
  // To another Tidings process no operation has this address; that a public route looks like it is chance.
  if (audienceOf(request).form === 'internal') return nothingHere(request, reply)
  reply.header('allow', allowed.join(', '))
  const message = `${request.method} is not answered here. Use ${allowed.join(' or ')}.`
  return sendFailure(reply, { form: 'public' }, { code: 'METHOD_REFUSED', message, retryable: false }, 405)
}

async function unreachable(): Promise<never> {
  throw new Error('A request with a wrong method was not refused before its handler.')
}
