import { createSystem } from '@tidings/event-store'
import { expect, test } from 'vitest'
import { serviceMapLines } from '../src/demo/service-map.ts'
import { shopServices } from '../src/shop.ts'

test('the map names who emits, reacts, calls, and copies which fields, as the services declare it', () => {
  const { services } = createSystem({ services: Object.values(shopServices) })
    .map()
    .toJSON()
  expect(serviceMapLines(services)).toEqual([
    'customers  emits      customers.customer-registered',
    'orders     emits      orders.order-placed',
    '           calls      customers',
    '           copies     customers.customer-registered  customerId',
    'billing    emits      billing.invoice-issued',
    '           reacts to  orders.order-placed',
    '           copies     customers.customer-registered  customerId, name',
    'insights   copies     orders.order-placed            customerId, orderId, placedAt',
    '           copies     billing.invoice-issued         orderId, totalCents',
  ])
})
