import { inspect } from 'node:util'
import { createSystem } from '@tidings/event-store'
import { expect, test } from 'vitest'
import { shopServices } from '../src/shop.ts'

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
