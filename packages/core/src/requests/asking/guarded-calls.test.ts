import { expect, test } from 'vitest'
import * as z from 'zod'
import { HandClock } from '../../../test/hand-clock.ts'
import { defineContract } from '../../contracts/define-contract.ts'
import { command, query } from '../../contracts/define-operation.ts'
import { RequestFailed, RequestTimedOut, ServiceUnavailable } from '../../errors/request-errors.ts'
import type { Send } from '../../ports/request-policy.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'
import { type RequestPolicyOptions, requestPolicy } from '../policy/request-policy.ts'
import { createClient } from './create-client.ts'

const orders = defineContract('orders', {
  operations: {
    get: query({ input: z.object({}), output: z.object({}), timeoutMs: 1_000 }),
    place: command({ input: z.object({}), output: z.object({}), timeoutMs: 1_000 }),
  },
})

type Answering = (attempt: number, request: OperationRequest, signal: AbortSignal) => OperationAnswer | Promise<OperationAnswer>

const fine: OperationAnswer = { ok: true, output: {} }
const failed = (code: string, more: object = {}): OperationAnswer => ({
  ok: false,
  error: { code, message: 'It broke.', retryable: true, ...more },
})
const lost = (): never => {
  throw new RequestFailed({ service: 'orders', operation: 'get', remoteCode: 'CONNECTION_LOST', reason: 'It broke.', retryable: true })
}
const away = (): never => {
  throw new ServiceUnavailable({ service: 'orders', reason: 'nothing listens', retryAfterMs: 1_000 })
}
const never: Answering = () => new Promise(() => {})

/** A caller of a service that answers each attempt as the test says. */
function caller(answering: Answering, options: RequestPolicyOptions & { readonly chance?: number } = {}) {
  const { chance = 0.5, ...limits } = options
  const clock = new HandClock()
  const random = { next: () => chance, bytes: (length: number) => new Uint8Array(length) }
  const runtime = { clock, random }
  const sent: OperationRequest[] = []
  const state = { answering }
  const send: Send = async (request, signal) => {
    sent.push(request)
    return await state.answering(sent.length, request, signal)
  }
  const client = createClient(orders, send, { runtime, policy: requestPolicy({ runtime, ...limits }) })
  const codeOf = async (call: Promise<unknown>): Promise<string> => {
    const code = call.then(
      () => 'fine',
      (error: { code: string; remoteCode?: string }) => error.remoteCode ?? error.code,
    )
    await clock.moveUntilSettled(code)
    return await code
  }
  return { client, clock, sent, state, codeOf }
}

test('a query whose connection broke is asked again after a wait of random length, which doubles', async () => {
  const { client, clock, sent, codeOf } = caller((attempt) => (attempt < 4 ? lost() : fine), { chance: 1 })
  expect(await codeOf(client.get({}))).toBe('fine')
  expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([1_000, 900, 700, 300])
  expect(clock.now()).toBe(700)
})

test('a wait may be as short as nothing, so that callers who failed together do not come back together', async () => {
  const { client, clock, codeOf } = caller((attempt) => (attempt < 4 ? lost() : fine), { chance: 0 })
  expect(await codeOf(client.get({}))).toBe('fine')
  expect(clock.now()).toBe(0)
})

test('nothing is repeated that would come too late', async () => {
  const { client, clock, sent, codeOf } = caller(lost, { chance: 1 })
  expect(await codeOf(client.get({}, { timeoutMs: 250 }))).toBe('CONNECTION_LOST')
  expect(sent).toHaveLength(2)
  expect(clock.now()).toBe(100)
})

test('a command is repeated only with an idempotency key, which stays the same', async () => {
  const without = caller((attempt) => (attempt === 1 ? lost() : fine))
  expect(await without.codeOf(without.client.place({}))).toBe('CONNECTION_LOST')
  expect(without.sent).toHaveLength(1)
  const withKey = caller((attempt) => (attempt === 1 ? lost() : fine))
  expect(await withKey.codeOf(withKey.client.place({}, { idempotencyKey: 'k' }))).toBe('fine')
  expect(withKey.sent.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k', 'k'])
})

test.each([
  ['away', away, true],
  ['overloaded', () => failed('STORE_OVERLOADED'), true],
  ['answering nonsense', () => failed('ANSWER_INVALID', { retryable: false }), false],
  ['refusing the input', () => failed('CONTRACT_VIOLATION', { retryable: false }), false],
  ['failing as its contract says', () => failed('OPERATION_FAILED', { retryable: false, reason: 'NotFound' }), false],
  ['broken', () => failed('INTERNAL', { retryable: false }), false],
  ['out of time', () => failed('HANDLER_TIMED_OUT'), false],
  ['waiting for another that is away', () => failed('DEPENDENCY_FAILED'), false],
] as const)('a service that is %s is asked again: %s', async (_, answering, again) => {
  const { client, sent, codeOf } = caller((attempt) => (attempt === 1 ? answering() : fine))
  const code = await codeOf(client.get({}))
  expect(sent).toHaveLength(again ? 2 : 1)
  if (again) expect(code).toBe('fine')
})

test.each([
  ['is away', away, 0],
  ['takes no more', () => failed('SERVICE_UNAVAILABLE'), 0],
  ['is away so often that it is not asked any more', away, 2],
] as const)('a command whose connection broke may have taken effect, also when the service then %s', async (_, then, failures) => {
  const { client, codeOf } = caller((attempt) => (attempt === 1 ? lost() : then()), failures === 0 ? {} : { failures })
  expect(await codeOf(client.place({}, { idempotencyKey: 'k' }))).toBe('CONNECTION_LOST')
})

test('a service that says when to come back is not asked sooner, and not at all where that is too late', async () => {
  const soon = caller((attempt) => (attempt === 1 ? failed('SERVICE_UNAVAILABLE', { retryAfterMs: 400 }) : fine))
  expect(await soon.codeOf(soon.client.get({}))).toBe('fine')
  expect(soon.clock.now()).toBe(450)
  const late = caller(() => failed('SERVICE_UNAVAILABLE', { retryAfterMs: 5_000 }))
  expect(await late.codeOf(late.client.get({}))).toBe('SERVICE_UNAVAILABLE')
  expect(late.sent).toHaveLength(1)
})

test('repetitions are at most 10 % more requests, however much fails', async () => {
  let count = 0
  // Never five failures in a row, so the breaker stays out of it.
  const { client, sent, codeOf } = caller(() => (count++ % 5 === 0 ? fine : lost()))
  for (let call = 0; call < 200; call++) await codeOf(client.get({}))
  expect(sent.length).toBeLessThanOrEqual(220)
  expect(sent.length).toBeGreaterThan(210)
})

test('a service that has not been asked often is asked again three times at most', async () => {
  const { client, sent, codeOf } = caller(lost, { failures: 100 })
  await codeOf(client.get({}))
  await codeOf(client.get({}))
  expect(sent).toHaveLength(5)
})

test('after five failures in a row nothing is sent for five seconds, and calls end at once with when to come back', async () => {
  const { client, clock, sent, codeOf } = caller(away, { retries: 0 })
  for (let call = 0; call < 5; call++) await codeOf(client.get({}))
  await clock.move(2_000)
  await expect(client.get({})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', service: 'orders', retryAfterMs: 3_000 })
  await clock.move(2_999)
  await expect(client.place({}, { idempotencyKey: 'k' })).rejects.toMatchObject({ retryAfterMs: 1 })
  expect(sent).toHaveLength(5)
  await clock.move(1)
  await codeOf(client.get({}))
  expect(sent).toHaveLength(6)
})

test('after how many failures and for how long can be set', async () => {
  const { client, clock, sent, codeOf } = caller(away, { retries: 0, failures: 2, pauseMs: 700 })
  for (let call = 0; call < 3; call++) await codeOf(client.get({}))
  expect(sent).toHaveLength(2)
  await clock.move(699)
  await expect(client.get({})).rejects.toMatchObject({ retryAfterMs: 1 })
  await clock.move(1)
  await codeOf(client.get({}))
  expect(sent).toHaveLength(3)
})

test('each repetition says the how manieth it is', async () => {
  const { client, sent, codeOf } = caller((attempt) => (attempt <= 2 ? failed('STORE_UNAVAILABLE') : fine))
  expect(await codeOf(client.get({}))).toBe('fine')
  expect(sent.map(({ resendCount }) => resendCount)).toEqual([undefined, 1, 2])
})

test('one request finds out whether a service is back; all others end at once until it has, and go through when it is', async () => {
  const { client, clock, sent, state, codeOf } = caller(away, { retries: 0 })
  for (let call = 0; call < 5; call++) await codeOf(client.get({}))
  await clock.move(5_000)
  const { promise, resolve } = Promise.withResolvers<OperationAnswer>()
  state.answering = () => promise
  const first = client.get({})
  await expect(client.get({})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  expect(sent).toHaveLength(6)
  resolve(fine)
  await first
  await client.get({})
  expect(sent).toHaveLength(7)
})

test('a service that is not back yet is left alone for the whole pause again', async () => {
  const { client, clock, sent, codeOf } = caller(away, { retries: 0, failures: 2, pauseMs: 100 })
  for (let call = 0; call < 2; call++) await codeOf(client.get({}))
  await clock.move(100)
  await codeOf(client.get({}))
  await clock.move(99)
  await expect(client.get({})).rejects.toMatchObject({ retryAfterMs: 1 })
  expect(sent).toHaveLength(3)
})

test('a caller who gives up while it finds out leaves the breaker open', async () => {
  const { client, clock, sent, state, codeOf } = caller(away, { retries: 0 })
  for (let call = 0; call < 5; call++) await codeOf(client.get({}))
  await clock.move(5_000)
  state.answering = never
  const leaving = new AbortController()
  const first = client.get({}, { signal: leaving.signal })
  leaving.abort(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await expect(client.get({})).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterMs: 5_000 })
  expect(sent).toHaveLength(6)
})

test('a success in between makes the count of failures begin anew', async () => {
  const { client, sent, codeOf } = caller((attempt) => (attempt % 5 === 0 ? fine : away()), { retries: 0 })
  for (let call = 0; call < 50; call++) await codeOf(client.get({}))
  expect(sent).toHaveLength(50)
})

test.each([
  ['refuses the input', () => failed('CONTRACT_VIOLATION'), 50],
  ['fails as its contract says', () => failed('OPERATION_FAILED'), 50],
  ['knows no such operation', () => failed('OPERATION_UNKNOWN'), 50],
  ['fails at one operation', () => failed('INTERNAL'), 50],
  ['waits in vain for another service', () => failed('DEPENDENCY_FAILED'), 50],
  ['has its database away', () => failed('STORE_UNAVAILABLE'), 5],
  ['takes no more', () => failed('SERVICE_UNAVAILABLE'), 5],
  ['is cut off', lost, 5],
  ['never answers', never, 5],
] as const)('of 50 calls to a service that %s, so many reach it: %3$s', async (_, answering, reached) => {
  const { client, sent, codeOf } = caller(answering, { retries: 0 })
  for (let call = 0; call < 50; call++) await codeOf(client.get({}))
  expect(sent).toHaveLength(reached)
})

test('callers in a hurry and callers who give up do not close the way for others', async () => {
  const { client, sent, codeOf } = caller(never)
  for (let call = 0; call < 50; call++) await codeOf(client.get({}, { timeoutMs: 499 }))
  for (let call = 0; call < 50; call++) {
    const leaving = new AbortController()
    const calling = client.get({}, { signal: leaving.signal })
    leaving.abort(new Error('gone'))
    await expect(calling).rejects.toThrow('gone')
  }
  expect(sent).toHaveLength(100)
})

test('the breaker of one service leaves all others alone', async () => {
  const { clock, sent, codeOf, client } = caller(away, { retries: 0 })
  const policy = requestPolicy({ runtime: { clock, random: { next: () => 0, bytes: () => new Uint8Array() } }, retries: 0 })
  const other = defineContract('other', { operations: orders.operations })
  const runtime = { clock, random: { next: () => 0, bytes: () => new Uint8Array() } }
  const failing = createClient(orders, away, { policy, runtime })
  for (let call = 0; call < 6; call++) await codeOf(failing.get({}))
  expect(await codeOf(createClient(other, async () => fine, { policy, runtime }).get({}))).toBe('fine')
  // A client without a policy of its own knows nothing of these failures.
  await codeOf(client.get({}))
  expect(sent).toHaveLength(1)
})

test('more than the most requests wait their turn, and past the most that wait they are refused at once', async () => {
  const { client, clock, sent, codeOf } = caller(never, { maxInFlight: 2, maxWaiting: 1, retries: 0 })
  const calls = [client.get({}), client.get({}), client.get({})].map((call) => call.catch((error: unknown) => error))
  await clock.move(0)
  expect(sent).toHaveLength(2)
  expect(await codeOf(client.get({}))).toBe('SERVICE_UNAVAILABLE')
  await clock.move(1_000)
  for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(RequestTimedOut)
  expect(sent).toHaveLength(2)
})

test('who waits for a place behind requests that hang learns at once that the breaker has opened', async () => {
  const { client, clock, sent, state, codeOf } = caller(never, { maxInFlight: 3, failures: 2, retries: 0 })
  state.answering = (attempt) => (attempt === 1 ? new Promise(() => {}) : lost())
  const hanging = client.get({}, { timeoutMs: 10_000 }).catch(() => 'hung')
  for (let call = 0; call < 2; call++) await codeOf(client.get({}))
  expect(await codeOf(client.get({}))).toBe('SERVICE_UNAVAILABLE')
  expect(sent).toHaveLength(3)
  await clock.move(10_000)
  expect(await hanging).toBe('hung')
})

test('faulty options are refused together', () => {
  expect(() => requestPolicy({ failures: 0, pauseMs: Number.NaN, retries: -1, maxInFlight: 1.5, maxWaiting: -1 })).toThrow(
    /failures .*pauseMs .*maxInFlight .*maxWaiting .*retries /,
  )
})
