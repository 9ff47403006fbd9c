import { inspect } from 'node:util'
import { createSystem } from '@tidings/event-store'
import { expect, test } from 'vitest'
import { shopAuthService } from '../src/auth/shop-auth-service.ts'
import { shopServices } from '../src/shop.ts'

test('where people sign in the map shows auth', () => {
  const auth = shopAuthService({ secret: 'x'.repeat(32), maxStalenessMs: 30_000 })
  const map = createSystem({ services: [auth, ...Object.values(shopServices({ isGuarded: true }))] }).map()
  expect(inspect(map)).toMatch(/^auth +emits +auth\.access-changed/)
  expect(inspect(map)).toContain('customers  emits      customers.customer-registered')
})

test('the map prints who emits, reacts, calls, and copies which fields, as the services declare it', () => {
  const map = createSystem({ services: Object.values(shopServices()) }).map()
  expect(inspect(map).split('\n')).toEqual([
    'customers  emits      customers.customer-registered',
    'orders     emits      orders.order-placed',
    '           calls      customers',
    '           copies     customers.customer-registered  into customers: customerId',
    'billing    emits      billing.invoice-issued',
    '           reacts to  orders.order-placed',
    '           copies     customers.customer-registered  into customers: customerId, name',
    'insights   copies     orders.order-placed            into own tables: customerId, orderId, placedAt',
    '           copies     billing.invoice-issued         into own tables: orderId, totalCents',
  ])
  expect(`${map}`).toBe(inspect(map))
  expect(JSON.parse(JSON.stringify(map))).toEqual(map.toJSON())
})
