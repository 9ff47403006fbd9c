import { StoreUnavailable, StoreUnsuitable } from '@tidings/core'
import { expect, test } from 'vitest'
import { checkGreeting } from './check-server.ts'

const primary = { setName: 'rs0', isWritablePrimary: true, maxWireVersion: 21 }

test('the primary of a replica set that is new enough will do', () => {
  expect(() => checkGreeting(primary, 'db/shop')).not.toThrow()
})

test('a server that stands alone is refused, with how to make a set of one', () => {
  const check = (): void => checkGreeting({ ...primary, setName: undefined }, 'db/shop')
  expect(check).toThrow(StoreUnsuitable)
  expect(check).toThrow(/db\/shop.*--replSet.*rs\.initiate\(\)/)
})

test('a server that is too old is refused', () => {
  expect(() => checkGreeting({ ...primary, maxWireVersion: 17 }, 'db/shop')).toThrow(StoreUnsuitable)
})

test('the router of a sharded cluster is refused', () => {
  expect(() => checkGreeting({ msg: 'isdbgrid', isWritablePrimary: true, maxWireVersion: 21 }, 'db/shop')).toThrow(StoreUnsuitable)
})

test('a member that is not the primary may be it later', () => {
  expect(() => checkGreeting({ ...primary, isWritablePrimary: false }, 'db/shop')).toThrow(StoreUnavailable)
})
