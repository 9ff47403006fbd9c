import { expect, test } from 'vitest'
import * as z from 'zod'
import { command } from '../../contracts/define-operation.ts'
import { ContractViolation } from '../../errors/contract-errors.ts'
import { StoreUnavailable } from '../../errors/log-errors.ts'
import { HandlerTimedOut, IdempotencyKeyReused, OperationFailed, RequestTimedOut, ServiceUnavailable } from '../../errors/request-errors.ts'
import type { Json } from '../../ports/ledger.ts'
import type { OperationAnswer, OperationRequest } from '../../ports/requests.ts'
import type { Logger } from '../../ports/runtime.ts'
import { answerRequest } from './answer-request.ts'

const placeOrder = command({
  input: z.object({ customerId: z.string(), lines: z.array(z.object({ price: z.number() })).default([]), at: z.coerce.date().optional() }),
  output: z.object({ orderId: z.string() }),
  errors: { UnknownCustomer: z.object({ customerId: z.string() }) },
})
const request: OperationRequest = { service: 'orders', operation: 'placeOrder', input: { customerId: 'c1' }, timeoutMs: 1_000 }

function recordingLogger(): { logger: Logger; logged: string[] } {
  const logged: string[] = []
  const write = (message: string, facts?: { error?: unknown }): void => void logged.push(`${message}: ${String(facts?.error)}`)
  return { logged, logger: { info: write, warn: write, error: write } }
}

async function answerTo(
  input: unknown,
  handler: (input: unknown) => unknown,
): Promise<{ answer: OperationAnswer; ran: number; logged: string[] }> {
  const { logger, logged } = recordingLogger()
  let ran = 0
  const run = async (parsed: unknown, encode: (output: unknown) => Promise<Json>): Promise<Json> => {
    ran++
    return await encode(await handler(parsed))
  }
  return { answer: await answerRequest({ ...request, input }, placeOrder, run, logger), ran, logged }
}

const whenThrown = (thrown: unknown) =>
  answerTo({ customerId: 'c1' }, () => {
    throw thrown
  })

test('a handler gets what the schema made of the input, and its output is answered without what the schema does not know', async () => {
  let seen: unknown
  const { answer, logged } = await answerTo({ customerId: 'c1', at: '2026-01-01' }, (input) => {
    seen = input
    return { orderId: 'o1', passwordHash: 'x' }
  })
  expect(seen).toEqual({ customerId: 'c1', lines: [], at: new Date('2026-01-01') })
  expect(answer).toEqual({ ok: true, output: { orderId: 'o1' } })
  expect(logged).toEqual([])
})

test.each([
  ['a wrong type', { customerId: 1 }, 'customerId'],
  ['a wrong type in depth', { customerId: 'c', lines: [{ price: 1 }, { price: '1' }] }, 'lines[1].price'],
  ['an unknown field', { customerId: 'c', custmerName: 'x' }, 'custmerName'],
  ['an unknown field in depth', { customerId: 'c', lines: [{ price: 1, tax: 2 }] }, 'lines[0].tax'],
  ['a $-key', { customerId: 'c', $where: '1' }, '$where'],
  ['a dotted key', { customerId: 'c', 'lines.0': '1' }, 'lines.0'],
  ['a __proto__ key', JSON.parse('{"customerId":"c","__proto__":{"admin":true}}'), '__proto__'],
  ['a constructor key', JSON.parse('{"customerId":"c","constructor":{"prototype":{"admin":true}}}'), 'constructor'],
  ['an integer past 2^53', JSON.parse('{"customerId":"c","lines":[{"price":9007199254740993}]}'), 'lines[0].price'],
  ['a lone surrogate', JSON.parse('{"customerId":"\\ud800"}'), 'customerId'],
  ['an invalid date', { customerId: 'c', at: 'tomorrow' }, 'at'],
  ['nothing', undefined, ''],
  ['null', null, ''],
  ['a text', 'c1', ''],
  ['a list', [], ''],
])('an input with %s runs nothing and is answered with the path of its fault', async (_, input, path) => {
  const { answer, ran, logged } = await answerTo(input, () => ({ orderId: 'o1' }))
  expect(answer).toMatchObject({ ok: false, error: { code: 'CONTRACT_VIOLATION', retryable: false, faults: [{ path }] } })
  expect(ran).toBe(0)
  expect(logged).toEqual([])
})

test('an input nested 100,000 deep runs nothing', async () => {
  const { answer, ran } = await answerTo(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)), () => ({ orderId: 'o1' }))
  expect(answer).toMatchObject({ ok: false, error: { code: 'CONTRACT_VIOLATION', message: expect.stringContaining('64 levels') } })
  expect(ran).toBe(0)
})

test('a key in an input never reaches the prototype of other objects', async () => {
  await answerTo(JSON.parse('{"customerId":"c","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'), () => ({
    orderId: 'o',
  }))
  expect('polluted' in {}).toBe(false)
})

test('an error of the contract is answered with its reason and facts, and is no news for the log', async () => {
  const { answer, logged } = await whenThrown(
    new OperationFailed({ service: 'orders', operation: 'placeOrder', reason: 'UnknownCustomer', detail: { customerId: 'c1', note: 'x' } }),
  )
  expect(answer).toMatchObject({ ok: false, error: { code: 'OPERATION_FAILED', reason: 'UnknownCustomer', detail: { customerId: 'c1' } } })
  expect(JSON.stringify(answer)).not.toContain('note')
  expect(logged).toEqual([])
})

test('facts of an error that break its contract are answered as OUTPUT_INVALID and logged with their path', async () => {
  const { answer, logged } = await whenThrown(
    new OperationFailed({ service: 'orders', operation: 'placeOrder', reason: 'UnknownCustomer', detail: { customerId: 4711 } }),
  )
  expect(answer).toMatchObject({ ok: false, error: { code: 'OUTPUT_INVALID' } })
  expect(logged[0]).toContain('customerId')
})

test.each(['NotDeclared', 'constructor'])('an error %s that the contract does not declare is answered as INTERNAL', async (reason) => {
  const { answer, logged } = await whenThrown(new OperationFailed({ service: 'orders', operation: 'placeOrder', reason, detail: {} }))
  expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL' } })
  expect(logged[0]).toContain(reason)
})

test.each([
  ['an error', new Error('secret of /var/db'), 'secret'],
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a text', 'secret text', 'secret'],
  ['an object without prototype', Object.create(null, { toString: { value: () => 'secret' } }), 'secret'],
])('a handler that throws %s is answered as INTERNAL without its text, which the log gets', async (_, thrown, text) => {
  const { answer, logged } = await whenThrown(thrown)
  expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL', retryable: false } })
  expect(JSON.stringify(answer)).not.toContain('secret')
  expect(logged).toHaveLength(1)
  expect(logged[0]).toContain(text)
})

test.each([
  ['undefined', undefined, ''],
  ['null', null, ''],
  ['a wrong type', { orderId: 1 }, 'orderId'],
  ['a lone surrogate', { orderId: '\udfff' }, 'orderId'],
])('an output of %s is answered as OUTPUT_INVALID, logged with its path', async (_, output, path) => {
  const { answer, logged } = await answerTo({ customerId: 'c1' }, () => output)
  expect(answer).toMatchObject({ ok: false, error: { code: 'OUTPUT_INVALID', retryable: false } })
  expect(logged[0]).toContain(path)
})

test('an output that JSON would change is refused, as it would be between two processes', async () => {
  const dated = command({ input: z.object({}), output: z.object({ at: z.date() }) })
  const { logger, logged } = recordingLogger()
  const answer = await answerRequest({ ...request, input: {} }, dated, async (_, encode) => await encode({ at: new Date() }), logger)
  expect(answer).toMatchObject({ ok: false, error: { code: 'OUTPUT_INVALID' } })
  expect(logged[0]).toContain('is a Date')
})

test('an answer kept from an earlier run is passed on as it is', async () => {
  const { logger } = recordingLogger()
  expect(await answerRequest(request, placeOrder, async () => ({ orderId: 'kept' }), logger)).toEqual({
    ok: true,
    output: { orderId: 'kept' },
  })
})

test('an error of ours is answered with its code and whether to repeat, and its text stays in the log', async () => {
  const { answer, logged } = await whenThrown(new StoreUnavailable({ store: '/data/orders.db', reason: 'disk full' }))
  expect(answer).toMatchObject({ ok: false, error: { code: 'STORE_UNAVAILABLE', retryable: true } })
  expect(JSON.stringify(answer)).not.toContain('/data')
  expect(logged[0]).toContain('/data/orders.db')
})

test('errors about this very request keep their meaning', async () => {
  const target = { service: 'orders', operation: 'placeOrder' }
  expect((await whenThrown(new IdempotencyKeyReused(target))).answer).toMatchObject({ error: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  expect((await whenThrown(new ServiceUnavailable({ service: 'orders', reason: 'it stops', retryAfterMs: 9 }))).answer).toMatchObject({
    error: { code: 'SERVICE_UNAVAILABLE', retryAfterMs: 9, retryable: true },
  })
  expect((await whenThrown(new HandlerTimedOut({ handler: 'orders.placeOrder', timeoutMs: 5 }))).answer).toMatchObject({
    error: { code: 'HANDLER_TIMED_OUT', retryable: true },
  })
})

test.each([
  ['unavailable', new ServiceUnavailable({ service: 'customers', reason: 'it is not there', retryAfterMs: 5 }), true],
  ['late', new RequestTimedOut({ service: 'customers', operation: 'find', timeoutMs: 5 }), true],
  [
    'failing',
    new OperationFailed({ service: 'customers', operation: 'find', reason: 'UnknownCustomer', detail: { customerId: 'c' } }),
    false,
  ],
  ['asked with a key used before', new IdempotencyKeyReused({ service: 'customers', operation: 'register' }), false],
])('another service that is %s is a failed dependency, never this operation’s own failure', async (_, thrown, retryable) => {
  const { answer, logged } = await whenThrown(thrown)
  expect(answer).toMatchObject({ ok: false, error: { code: 'DEPENDENCY_FAILED', retryable } })
  expect(answer).not.toHaveProperty('error.reason')
  expect(logged).toHaveLength(1)
})

test('a contract violation within the handler is not answered as a fault of the input', async () => {
  const { answer } = await whenThrown(
    new ContractViolation({ subject: 'data of orders.order-placed', faults: [{ path: 'x', message: 'y' }] }),
  )
  expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL' } })
  expect(answer).not.toHaveProperty('error.faults')
})
