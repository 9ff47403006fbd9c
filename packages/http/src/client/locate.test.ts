import { expect, test } from 'vitest'
import { locateByDns } from './locate-by-dns.ts'
import { locateByEnvironment } from './locate-by-environment.ts'
import { locator } from './locate-service.ts'

test('the environment tells where a service is by its name in capitals', () => {
  const locate = locateByEnvironment({ ORDERS_URL: 'http://10.0.0.7:4101', PRICE_LISTS_URL: 'http://10.0.0.8', BILLING_URL: '' })
  expect(['orders', 'price-lists', 'billing', 'shipping'].map(locate)).toEqual([
    'http://10.0.0.7:4101',
    'http://10.0.0.8',
    undefined,
    undefined,
  ])
})

test('the environment is read at each request', () => {
  const environment: Record<string, string> = {}
  const locate = locateByEnvironment(environment)
  environment.ORDERS_URL = 'http://10.0.0.7'
  expect(locate('orders')).toBe('http://10.0.0.7')
})

test('in DNS a service is found by its name', () => {
  expect(locateByDns()('orders')).toBe('http://orders')
  expect(locateByDns({ domain: 'shop.svc.cluster.local', port: 8080 })('orders')).toBe('http://orders.shop.svc.cluster.local:8080')
  expect(locateByDns({ protocol: 'https' })('orders')).toBe('https://orders')
})

test('one way to find a service may be tried after another, also one that answers later', async () => {
  const byEnvironment = locateByEnvironment({ ORDERS_URL: 'http://10.0.0.7/' })
  const byDns = locateByDns({ port: 80 })
  const locate = locator((service) => byEnvironment(service) ?? byDns(service))
  expect(locate('orders')).toEqual({ origin: 'http://10.0.0.7', prefix: '' })
  expect(locate('billing')).toEqual({ origin: 'http://billing', prefix: '' })
  expect(await locator(async () => 'http://10.0.0.9/x')('orders')).toEqual({ origin: 'http://10.0.0.9', prefix: '/x' })
  await expect(async () => locator(async () => undefined)('orders')).rejects.toMatchObject({ code: 'HTTP_SERVICE_NOT_LOCATED' })
})
