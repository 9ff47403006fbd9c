import type { OperationAnswer, OperationRequest, Runtime, ServedSystem } from '@tidings/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isInternal } from '../failures/audience.ts'
import { handleFailure } from '../failures/handle-failure.ts'
import { type Audience, sendFailure } from '../failures/send-failure.ts'
import { fieldReader, publicInput } from '../inputs/public-input.ts'
import { internalFacts, publicFacts } from '../inputs/request-headers.ts'
import { checkRoute } from '../schemas/check-route.ts'
import { type WriteJsonSchema, writeSchema } from '../schemas/write-schema.ts'
import { type Exchange, exchangeKey } from '../traffic/exchange.ts'
import type { InFlight } from '../traffic/in-flight.ts'
import type { StallWatch } from '../traffic/stall-watch.ts'
import { answerWithin } from './answer-within.ts'
import { askForBody } from './ask-for-body.ts'
import { whenGone } from './gone-signal.ts'
import { type Guard, principalOf } from './guard.ts'
import { spanOf } from './request-trace.ts'
import type { RouteEntry } from './route-table.ts'

/** What an address needs of the server it belongs to. */
export interface Surroundings {
  readonly system: ServedSystem
  readonly runtime: Pick<Runtime, 'clock' | 'logger'>
  readonly inFlight: InFlight
  readonly stalls: StallWatch
  readonly guard: Guard
  readonly bodyLimitBytes: number
  readonly jsonSchema: WriteJsonSchema | undefined
}

/**
 * Adds the address of one operation to the server.
 *
 * @throws {DefinitionInvalid} Its public route could never be called well.
 */
export function addOperation(app: FastifyInstance, entry: RouteEntry, surroundings: Surroundings): void {
  const internal = entry.form === 'public' ? undefined : answerer({ ...entry, form: 'internal', route: undefined }, surroundings)
  const open = entry.form === 'internal' ? undefined : answerer({ ...entry, form: 'public' }, surroundings)
  const answererOf = (request: FastifyRequest): Answerer => {
    const one = isInternal(request) ? (internal ?? open) : (open ?? internal)
    if (one === undefined) throw new TypeError('An address answers in one form at least.')
    return one
  }
  const { guard } = surroundings
  app.route({
    method: entry.method,
    url: entry.path,
    config: { takesForms: entry.route?.takesForms ?? false },
    onRequest: [
      // Before the body is read: nobody who is not let in makes this process take one.
      (request, reply) => guard.letIn(entry.operation.access, request, reply, answererOf(request).audience),
      askForBody(surroundings.bodyLimitBytes),
    ],
    handler: (request, reply) => answererOf(request).answer(request, reply),
    errorHandler: (error, request, reply) =>
      handleFailure(error, request, reply, answererOf(request).audience, surroundings.runtime.logger),
  })
}

/** Whether the body of a request may be a form: never in the internal form. */
export function takesForms(request: FastifyRequest): boolean {
  return 'takesForms' in request.routeOptions.config && request.routeOptions.config.takesForms === true && !isInternal(request)
}

/** One operation in one form. */
interface OneForm extends RouteEntry {
  readonly form: 'internal' | 'public'
}

interface Answerer {
  readonly audience: Audience
  answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>
}

function answerer(entry: OneForm, { system, runtime, inFlight, stalls, jsonSchema }: Surroundings): Answerer {
  const inputOf = inputReader(entry, jsonSchema)
  const audience: Audience =
    entry.form === 'internal' ? { form: 'internal' } : { form: 'public', service: entry.service, route: entry.route }
  return {
    audience,
    answer: async (request, reply) => {
      inFlight.arrived(request.getDecorator<Exchange>(exchangeKey))
      const ending = whenGone(reply)
      if (stalls.isRecent) await stalls.settled(ending.signal)
      const span = spanOf(request)
      const asked = { ...requestOf(entry, request, inputOf, runtime), ...span.trace }
      return send(reply, entry, audience, await span.run(() => answerWithin(system, asked, ending, runtime, principalOf(request))))
    },
  }
}

/** The body in the internal form; on a public route what path, query and body make together. */
function inputReader(entry: OneForm, jsonSchema: WriteJsonSchema | undefined): (request: FastifyRequest) => unknown {
  if (entry.form === 'internal') return (request) => request.body
  const { schema } = writeSchema(entry.operation.input, 'input', jsonSchema)
  checkRoute(entry, schema)
  const read = fieldReader(schema)
  return (request) => publicInput({ path: request.params, query: request.query, body: request.body }, read)
}

function requestOf(
  entry: OneForm,
  request: FastifyRequest,
  inputOf: (request: FastifyRequest) => unknown,
  { clock }: Pick<Runtime, 'clock'>,
): OperationRequest {
  const internal = entry.form === 'internal'
  const { timeoutMs, ...facts } = internal ? internalFacts(request.headers) : publicFacts(request.headers, entry.operation.kind)
  const input = inputOf(request)
  // The caller's time runs while its body is on the way.
  const elapsedMs = Math.floor(clock.monotonic() - request.getDecorator<Exchange>(exchangeKey).arrivedAt)
  const most = entry.operation.timeoutMs
  // Another Tidings process may wait longer than its contract says; what comes from outside can only be in more of a hurry.
  const givenMs = internal ? (timeoutMs ?? most) : Math.min(timeoutMs ?? most, most)
  const leftMs = Math.max(0, givenMs - elapsedMs)
  return { service: entry.service, operation: entry.name, input, timeoutMs: leftMs, address: request.ip, ...facts }
}

function send(reply: FastifyReply, entry: OneForm, audience: Audience, answer: OperationAnswer): FastifyReply {
  if (!answer.ok) return sendFailure(reply, audience, answer.error)
  reply.type('application/json')
  if (entry.form === 'internal') return reply.code(200).send({ output: answer.output })
  // As text: fastify would send a string as it is, and JSON writes it in quotes.
  return reply.code(entry.route?.status ?? 200).send(JSON.stringify(answer.output))
}
