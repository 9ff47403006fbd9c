import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { audienceOf, nothingHere } from '../failures/audience.ts'
import { handleFailure } from '../failures/handle-failure.ts'
import { sendFailure } from '../failures/send-failure.ts'
import { headFault } from '../inputs/check-head.ts'
import { type Exchange, exchangeKey, exchangeOf } from '../traffic/exchange.ts'
import type { InFlight } from '../traffic/in-flight.ts'
import type { StallWatch } from '../traffic/stall-watch.ts'
import { principalDecoration } from './guard.ts'
import type { HttpSettings } from './options.ts'
import { RequestTrace } from './request-trace.ts'
import { healthPaths } from './route-table.ts'

/** What the server knows of its own state. */
export interface ServerState {
  stopping: boolean
  readonly inFlight: InFlight
  readonly stalls: StallWatch
  /** Aborted when the server has stopped. */
  readonly closed: AbortController
}

/** Adds what happens to every request before its body is read, and to every answer before it goes out. */
export function addHooks(
  app: FastifyInstance,
  { bodyLimitBytes, maxRequestsPerConnection, runtime }: HttpSettings,
  state: ServerState,
): void {
  const { inFlight } = state
  const { clock } = runtime
  const traces = new RequestTrace(clock)
  app.decorateRequest(exchangeKey, null)
  app.decorateRequest(RequestTrace.decoration, null)
  app.decorateRequest(principalDecoration, null)
  // With callbacks: a promise each would cost more than what is done here.
  app.addHook('onRequest', (request, reply, done) => {
    const exchange = exchangeOf(request.raw, clock.monotonic(), bodyLimitBytes)
    request.setDecorator(exchangeKey, exchange)
    reply.raw.once('close', () => inFlight.end(exchange))
    const hasRoom = inFlight.begin(exchange)
    const fault = headFault(request.raw)
    if (fault !== undefined) {
      reply.header('connection', 'close')
      return void handleFailure(fault, request, reply, audienceOf(request), runtime.logger)
    }
    // Whoever asks all the time how this process does would fill the traces.
    if (healthPaths.includes(request.url)) return done()
    traces.begin(request, reply)
    if (state.stopping) return refuse(request, reply, 'This server is stopping. Ask again in a moment.')
    if (!hasRoom) return refuse(request, reply, 'This server has as much to do as it can. Ask again in a moment.')
    if (request.is404) return void nothingHere(request, reply)
    done()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const exchange = request.getDecorator<Exchange>(exchangeKey)
    inFlight.answered(exchange, clock.monotonic())
    if (state.stopping || exchange.ordinal === maxRequestsPerConnection) reply.header('connection', 'close')
    done(null, payload)
  })
}

/** Before the body is read, so that it costs next to nothing. */
function refuse(request: FastifyRequest, reply: FastifyReply, message: string): void {
  sendFailure(reply, audienceOf(request), { code: 'SERVICE_UNAVAILABLE', message, retryable: true })
}
