import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineContract } from './define-contract.ts'
import { defineEvent } from './define-event.ts'
import { command, type HttpRoute, query } from './define-operation.ts'

const schema = z.object({ orderId: z.string() })
const Placed = defineEvent('orders.order-placed', { version: 1, schema, key: (order) => order.orderId })
const options = { input: schema, output: z.object({}), errors: { NotFound: schema } }

test('a contract holds its events and operations and cannot be changed', () => {
  const orders = defineContract('orders', {
    events: { Placed },
    operations: { getOrder: query({ ...options, http: 'GET /orders/:orderId' }) },
  })
  expect(orders.name).toBe('orders')
  expect(orders.operations.getOrder).toMatchObject({ kind: 'query', timeoutMs: 2_000, http: { route: 'GET /orders/:orderId' } })
  expect(Object.isFrozen(orders)).toBe(true)
  expect(defineContract('price-lists', {})).toEqual({ name: 'price-lists', events: {}, operations: {} })
})

test.each(['Orders', 'orders.eu', 'orders_eu', '-orders', '1orders', '', '__proto__'])('the name "%s" is refused', (name) => {
  expect(() => defineContract(name, {})).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }))
})

test('the event of another service is refused', () => {
  expect(() => defineContract('billing', { events: { Placed } })).toThrow(/belongs to orders/)
})

test('a picked event is refused', () => {
  expect(() => defineContract('orders', { events: { Placed: Placed.pick('orderId') } })).toThrow(/picked/)
})

test('two events of one name are refused', () => {
  expect(() => defineContract('orders', { events: { Placed, Again: Placed } })).toThrow(/orders\.order-placed twice/)
})

test.each(['PlaceOrder', 'place-order', 'then', '__proto__x', ''])('the operation name "%s" is refused', (name) => {
  expect(() => defineContract('orders', { operations: { [name]: command(options) } })).toThrow(/name is not usable/)
})

test.each([
  'GET',
  'GET orders',
  'FETCH /orders',
  'get /orders',
  'GET /orders?x=1',
  'GET /orders/',
  'GET //',
  'GET /*',
  'GET /:id(\\d+)',
  'GET /a b',
  'GET /é',
])('the route "%s" is refused', (http) => {
  expect(() => defineContract('orders', { operations: { getOrder: query({ ...options, http }) } })).toThrow(/METHOD \/path/)
})

test.each(['GET /', 'POST /orders', 'PUT /orders/:orderId/lines/:line', 'DELETE /v1.0/a_b-c~d'])('the route "%s" is taken', (http) => {
  defineContract('orders', { operations: { getOrder: query({ ...options, http }) } })
})

test.each([
  [{ route: 'GET /a', status: 404 }, /success/],
  [{ route: 'GET /a', errors: { NotFound: 200 } }, /failure/],
  [{ route: 'GET /a', errors: { Missing: 404 } }, /does not declare/],
  [{ route: 'GET /a', errors: { constructor: 404 } }, /does not declare/],
] as [HttpRoute, RegExp][])('the route %j is refused', (http, message) => {
  expect(() => defineContract('orders', { operations: { getOrder: query({ ...options, http }) } })).toThrow(message)
})

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a time limit of %d is refused', (timeoutMs) => {
  expect(() => defineContract('orders', { operations: { getOrder: query({ ...options, timeoutMs }) } })).toThrow(/timeoutMs/)
})

test('an operation without a schema is refused', () => {
  // The compiler would not let it pass.
  const none = {} as typeof schema
  expect(() => defineContract('orders', { operations: { getOrder: query({ ...options, output: none }) } })).toThrow(
    /its output follows no Standard Schema/,
  )
  expect(() => defineContract('orders', { operations: { getOrder: query({ ...options, errors: { NotFound: none } }) } })).toThrow(
    /its NotFound/,
  )
})
