import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineContract } from '../contracts/define-contract.ts'
import { defineEvent } from '../contracts/define-event.ts'
import { query } from '../contracts/define-operation.ts'
import { defineService } from './define-service.ts'

const Changed = defineEvent('customers.customer-changed', {
  version: 1,
  schema: z.object({ id: z.string(), name: z.string() }),
  key: (customer) => customer.id,
})
const billing = defineContract('billing', { operations: { find: query({ input: z.object({}), output: z.object({}) }) } })
const find = async (): Promise<Record<string, never>> => ({})
const nothing = async (): Promise<void> => {}

test('a service holds what was declared, in the order it was declared', () => {
  const service = defineService(billing)
    .copy(Changed.pick('id'), { into: 'customers' })
    .copy(Changed, nothing)
    .copy(Changed, nothing)
    .copy(Changed, { removeFrom: 'customers' })
    .on(Changed, nothing, { from: 'now' })
    .on(Changed, nothing, { name: 'second' })
    .implement({ find })
  expect(service.subscriptions).toMatchObject([
    { kind: 'copy-into', copy: 'customers', event: { fields: ['id'] } },
    { kind: 'copy-write', name: 'copy customers.customer-changed' },
    { kind: 'copy-write', name: 'copy customers.customer-changed 2' },
    { kind: 'copy-removal', copy: 'customers' },
    { kind: 'reaction', name: 'customers.customer-changed', from: 'now' },
    { kind: 'reaction', name: 'second', from: undefined },
  ])
  expect(service.handlers.find).toBe(find)
})

test('each step is a new builder, so one beginning may lead to several services', () => {
  const begun = defineService(billing)
  const one = begun.on(Changed, nothing).implement({ find })
  const other = begun.implement({ find })
  expect(one.subscriptions).toHaveLength(1)
  expect(other.subscriptions).toHaveLength(0)
})

test('two reactions of one name are refused', () => {
  expect(() => defineService(billing).on(Changed, nothing).on(Changed.pick('id'), nothing)).toThrow(
    /two reactions named customers\.customer-changed.*\{ name \}/,
  )
})

test.each(['', 'Customers', 'price-lists', '1st', '__proto__', 'a'.repeat(42)])('a copy named "%s" is refused', (into) => {
  expect(() => defineService(billing).copy(Changed, { into })).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }))
})

test('removing from a copy that nothing feeds is refused', () => {
  // The compiler would not let it pass.
  expect(() => defineService(billing).copy(Changed, { removeFrom: 'customers' as never })).toThrow(/nothing feeds/)
})

test.each([
  ['without one of its operations', {}, /does not implement find/],
  ['with an operation that its contract does not have', { find, send: find }, /implements send/],
  ['with something that is no function', { find: 5 }, /does not implement find/],
])('a service %s is refused', (_, handlers, message) => {
  // The compiler would not let it pass.
  expect(() => defineService(billing).implement(handlers as { find: typeof find })).toThrow(message)
})
