import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineEvent } from './define-event.ts'

const schema = z.object({ orderId: z.string(), total: z.number() })
const key = (order: { orderId: string }): string => order.orderId

test('an event knows its service, its version and the key of its data', () => {
  const placed = defineEvent('orders.order-placed', { version: 2, schema, key, upcast: { 1: (old) => old } })
  expect(placed).toMatchObject({ name: 'orders.order-placed', service: 'orders', version: 2, fields: undefined })
  expect(placed.keyOf({ orderId: 'o1' })).toBe('o1')
  expect(Object.isFrozen(placed)).toBe(true)
})

test('a picked event is a new one that names its fields once each, in one order', () => {
  const placed = defineEvent('orders.order-placed', { version: 1, schema, key })
  const picked = placed.pick('total', 'orderId', 'total')
  expect(picked.fields).toEqual(['orderId', 'total'])
  expect(picked.pick('total').fields).toEqual(['total'])
  expect(placed.fields).toBeUndefined()
  expect(picked.schema).toBe(placed.schema)
})

test.each([
  'order-placed',
  'orders.',
  '.placed',
  'Orders.placed',
  'orders.order_placed',
  'orders.order.placed',
  'orders.order--placed',
  'orders.placed ',
  '',
])('the name "%s" is refused', (name) => {
  expect(() => defineEvent(name, { version: 1, schema, key })).toThrow(/kebab-case.*orders\.order-placed/)
})

test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('the version %d is refused', (version) => {
  expect(() => defineEvent('orders.order-placed', { version, schema, key })).toThrow(
    expect.objectContaining({ code: 'DEFINITION_INVALID' }),
  )
})

test.each([
  ['from its own version', 2, { 2: (old: unknown) => old }, 'older versions'],
  ['from a version that is none', 3, { '1.5': (old: unknown) => old }, 'older versions'],
  ['that end before the newest version', 4, { 1: (old: unknown) => old, 2: (old: unknown) => old }, 'step from 3'],
])('upcast steps %s are refused', (_, version, upcast, remedy) => {
  expect(() => defineEvent('orders.order-placed', { version, schema, key, upcast })).toThrow(remedy)
})

test.each([undefined, null, {}, { parse: () => 1 }, { '~standard': 1 }])('%j is refused as a schema', (none) => {
  // The compiler would not let it pass.
  expect(() => defineEvent('orders.order-placed', { version: 1, schema: none as unknown as typeof schema, key })).toThrow(/Standard Schema/)
})
