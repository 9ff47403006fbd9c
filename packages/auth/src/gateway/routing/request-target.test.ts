import { expect, test } from 'vitest'
import { readTarget } from './request-target.ts'

test.each([
  ['/', ''],
  ['/orders', ''],
  ['/orders/', ''],
  ['/orders/o-1_a.b~c', '?page=2&of=%2F'],
  ['/orders/a%20b%3A%C3%A9%25', ''],
  ["/orders/!$&'()*+,=:@", '?filter[name]={"a":1}'],
])('%s%s is taken as it is', (path, search) => {
  expect(readTarget(`${path}${search}`)).toEqual({ path, search })
})

test.each([
  ['//orders'],
  ['/orders//o1'],
  ['/orders//'],
  ['/./orders'],
  ['/public/../orders'],
  ['/public/..'],
  ['/public/%2e%2e/orders'],
  ['/public/%2E./orders'],
  ['/orders%2Fo1'],
  ['/orders%2fo1'],
  ['/orders%5Co1'],
  ['/orders\\o1'],
  ['/orders;a=b'],
  ['/orders%3Ba=b'],
  ['/%6frders'],
  ['/orders%00'],
  ['/orders%0d%0aHost: x'],
  ['/orders%7F'],
  ['/orders%252Fo1'],
  ['/orders%'],
  ['/orders%zz'],
  ['/orders%ff'],
  ['/orders#x'],
  ['/orders?x#y'],
  ['/ordérs'],
  ['/orders o1'],
  ['/orders?a b'],
  ['orders'],
  ['*'],
  ['http://elsewhere.example/orders'],
  ['//elsewhere.example/orders'],
  [`/${'a'.repeat(8_192)}`],
  [undefined],
])('%s is refused, for another server could take it for another path', (url) => {
  expect(readTarget(url)).toEqual({ fault: expect.any(String) })
})
