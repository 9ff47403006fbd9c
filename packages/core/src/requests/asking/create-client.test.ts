import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineContract } from '../../contracts/define-contract.ts'
import { command, query } from '../../contracts/define-operation.ts'
import { ContractViolation } from '../../errors/contract-errors.ts'
import {
  IdempotencyKeyReused,
  OperationFailed,
  OperationUnknown,
  RequestFailed,
  RequestTimedOut,
  ServiceUnavailable,
} from '../../errors/request-errors.ts'
import type { Send } from '../../ports/request-policy.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'
import { createClient } from './create-client.ts'
import { isFailure } from './is-failure.ts'

const orders = defineContract('orders', {
  operations: {
    placeOrder: command({ input: z.object({ lines: z.array(z.unknown()) }), output: z.object({ orderId: z.string() }) }),
    getOrder: query({
      input: z.object({ orderId: z.string() }),
      output: z.object({ total: z.number() }),
      errors: { NotFound: z.object({ orderId: z.string() }) },
      timeoutMs: 50,
    }),
  },
})

function answering(answer: OperationAnswer): { send: Send; sent: OperationRequest[] } {
  const sent: OperationRequest[] = []
  return {
    sent,
    send: async (request) => {
      sent.push(request)
      return answer
    },
  }
}

function failing(error: Partial<Extract<OperationAnswer, { ok: false }>['error']>): Send {
  return answering({ ok: false, error: { code: 'INTERNAL', message: 'It broke.', retryable: false, ...error } }).send
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it resolved'),
    (error: unknown) => error,
  )
}

const find = (send: Send) => createClient(orders, send).getOrder({ orderId: 'o1' })

test('a call sends its input, time limit and idempotency key and resolves with the output', async () => {
  const { send, sent } = answering({ ok: true, output: { orderId: 'o1' } })
  expect(await createClient(orders, send).placeOrder({ lines: [] }, { timeoutMs: 70, idempotencyKey: 'k' })).toEqual({ orderId: 'o1' })
  expect(sent).toEqual([{ service: 'orders', operation: 'placeOrder', input: { lines: [] }, timeoutMs: 70, idempotencyKey: 'k' }])
})

test('the request is sent within the call, so a sender sees the caller as it is now', () => {
  const { send, sent } = answering({ ok: true, output: { total: 1 } })
  void find(send)
  expect(sent).toHaveLength(1)
})

test('the callee gets a copy of the input', async () => {
  const { send, sent } = answering({ ok: true, output: { orderId: 'o1' } })
  const line = { price: 1 }
  const calling = createClient(orders, send).placeOrder({ lines: [line] })
  line.price = 2
  await calling
  expect(sent[0]?.input).toEqual({ lines: [{ price: 1 }] })
})

test('fields of the output that the contract does not know are left out', async () => {
  expect(await find(answering({ ok: true, output: { total: 1, secret: 's' } }).send)).toEqual({ total: 1 })
})

test.each([
  ['a date', new Date(0), 'lines[0].at', 'is a Date'],
  ['NaN', Number.NaN, 'lines[0].at', 'is NaN'],
  ['an integer past 2^53', 2 ** 53, 'lines[0].at', 'past 2^53'],
  ['a BigInt', 1n, 'lines[0].at', 'is a bigint'],
  ['a lone surrogate', '\ud800', 'lines[0].at', 'lone surrogate'],
  ['a __proto__ key', JSON.parse('{"__proto__":1}'), 'lines[0].at.__proto__', 'cannot be trusted'],
  ['a map', new Map(), 'lines[0].at', 'is a Map'],
])('an input with %s is refused with its path before it is sent', async (_, at, path, reason) => {
  const { send, sent } = answering({ ok: true, output: { orderId: 'o1' } })
  const error = await rejection(createClient(orders, send).placeOrder({ lines: [{ at }] }))
  expect(error).toBeInstanceOf(ContractViolation)
  expect(error).toMatchObject({ faults: [{ path, message: expect.stringContaining(reason) }] })
  expect(sent).toEqual([])
})

test('an input over the limit is refused before it is sent', async () => {
  const { send, sent } = answering({ ok: true, output: { orderId: 'o1' } })
  const error = await rejection(createClient(orders, send).placeOrder({ lines: ['x'.repeat(1_048_577)] }))
  expect(error).toMatchObject({ code: 'CONTRACT_VIOLATION', message: expect.stringContaining('1,048,576') })
  expect(sent).toEqual([])
})

test('an input nested without end is refused before it is sent', async () => {
  let deep: unknown = []
  for (let i = 0; i < 100_000; i++) deep = [deep]
  const error = await rejection(createClient(orders, answering({ ok: true, output: null }).send).placeOrder({ lines: [deep] }))
  expect(error).toMatchObject({ code: 'CONTRACT_VIOLATION', message: expect.stringContaining('64 levels') })
})

test('faulty options are refused together', async () => {
  const { send, sent } = answering({ ok: true, output: { total: 1 } })
  const error = await rejection(createClient(orders, send).getOrder({ orderId: 'o' }, { timeoutMs: Number.NaN, idempotencyKey: 'a\u0000' }))
  expect(error).toMatchObject({ faults: [{ path: 'timeoutMs' }, { path: 'idempotencyKey' }] })
  expect(sent).toEqual([])
})

test('a call without an answer ends when its time is over, and its sender is told', async () => {
  let told: unknown
  const never: Send = (_, signal) => new Promise(() => signal.addEventListener('abort', () => (told = signal.reason)))
  const error = await rejection(find(never))
  expect(error).toBeInstanceOf(RequestTimedOut)
  expect(error).toMatchObject({ service: 'orders', operation: 'getOrder', timeoutMs: 50 })
  expect(told).toBe(error)
})

test('a call whose signal is aborted ends with the reason, and its sender is told', async () => {
  const caller = new AbortController()
  let told = false
  const never: Send = (_, signal) => new Promise(() => signal.addEventListener('abort', () => (told = true)))
  const calling = rejection(createClient(orders, never).placeOrder({ lines: [] }, { signal: caller.signal, timeoutMs: 60_000 }))
  caller.abort(new Error('gone'))
  expect(await calling).toMatchObject({ message: 'gone' })
  expect(told).toBe(true)
})

test('a call under a signal aborted before sends nothing', async () => {
  const { send, sent } = answering({ ok: true, output: { total: 1 } })
  const signal = AbortSignal.abort(new Error('gone'))
  expect(await rejection(createClient(orders, send).getOrder({ orderId: 'o' }, { signal }))).toMatchObject({ message: 'gone' })
  expect(sent).toEqual([])
})

test('an error of the contract arrives typed, with its facts', async () => {
  const error = await rejection(find(failing({ code: 'OPERATION_FAILED', reason: 'NotFound', detail: { orderId: 'o1' } })))
  expect(error).toBeInstanceOf(OperationFailed)
  if (!isFailure(error, orders, 'getOrder', 'NotFound')) return expect.fail('it is another failure')
  const orderId: string = error.detail.orderId
  expect(orderId).toBe('o1')
})

test.each([
  ['a reason that the contract does not declare', { reason: 'Elsewhere', detail: {} }],
  ['a reason that every object has', { reason: 'constructor', detail: {} }],
  ['facts that break the contract', { reason: 'NotFound', detail: { orderId: 1 } }],
  ['no reason', {}],
])('an answer with %s is a failed request', async (_, error) => {
  expect(await rejection(find(failing({ code: 'OPERATION_FAILED', ...error })))).toBeInstanceOf(RequestFailed)
})

test('an output that breaks the contract is a failed request, not a fault of the caller', async () => {
  const error = await rejection(find(answering({ ok: true, output: { total: 'much' } }).send))
  expect(error).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'OUTPUT_INVALID', retryable: false })
})

test('the faults that the callee found in the input arrive', async () => {
  const faults = [{ path: 'orderId', message: 'too short' }]
  expect(await rejection(find(failing({ code: 'CONTRACT_VIOLATION', faults })))).toMatchObject({ code: 'CONTRACT_VIOLATION', faults })
})

test.each([
  ['IDEMPOTENCY_KEY_REUSED', IdempotencyKeyReused],
  ['OPERATION_UNKNOWN', OperationUnknown],
  ['REQUEST_TIMED_OUT', RequestTimedOut],
  ['SERVICE_UNAVAILABLE', ServiceUnavailable],
])('an answer %s arrives as the error of that code', async (code, type) => {
  expect(await rejection(find(failing({ code })))).toBeInstanceOf(type)
})

test('any other answer is a failed request that keeps the code and whether to repeat', async () => {
  const error = await rejection(find(failing({ code: 'STORE_OVERLOADED', retryable: true })))
  expect(error).toMatchObject({ code: 'REQUEST_FAILED', remoteCode: 'STORE_OVERLOADED', retryable: true })
})

test('an error of the sender that is not ours is wrapped', async () => {
  const raw = new Error('ECONNRESET 10.0.0.1')
  const error = await rejection(find(() => Promise.reject(raw)))
  expect(error).toBeInstanceOf(RequestFailed)
  expect(error).toMatchObject({ retryable: true, cause: raw })
  expect(String(error)).not.toContain('10.0.0.1')
})

test('an error of the sender that is ours passes as it is', async () => {
  const ours = new ServiceUnavailable({ service: 'orders', reason: 'it is not there', retryAfterMs: 5 })
  expect(await rejection(find(() => Promise.reject(ours)))).toBe(ours)
})
