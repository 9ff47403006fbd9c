import type { Grant, Reach } from '@tidings/core'
import { expect, test } from 'vitest'
import { type BoundaryReport, checkBoundaries } from './check-boundaries.ts'

const all = ['find', 'insert', 'update', 'remove']
const grant = (database: string | undefined, actions: readonly string[] = all): Grant => ({ database, collection: undefined, actions })

function reachOf(database: string, grants: readonly Grant[], user: string | undefined = `${database}-user@${database}`): Reach {
  return { user, database, grants }
}

const log = reachOf('shop_log', [grant('shop_log')])

/** What is found for one service beside a log as it should be. */
function check(orders: Reach | undefined, eventStore: Reach | undefined = log): Promise<BoundaryReport> {
  return checkBoundaries({ reach: async () => ({ eventStore, services: new Map([['orders', orders]]) }) })
}

test('a user that touches its own database and the log is within its boundary', async () => {
  const report = await check(reachOf('shop_orders', [grant('shop_orders'), grant('shop_log', ['find', 'insert'])]))
  expect(report.holds).toBe(true)
  expect(`${report}`).toBe(
    'event log (shop_log-user@shop_log): reads and writes shop_log: ok\n' +
      'orders (shop_orders-user@shop_orders): reads and writes shop_orders; reads and writes shop_log: ok',
  )
})

test.each([
  ['another service’s database', [grant('shop_billing', ['find'])], 'reads shop_billing'],
  ['every database', [grant(undefined)], 'reads and writes every database'],
  ['the server itself', [grant(undefined, ['shutdown'])], 'shutdown on the server'],
])('a user that touches %s is not', async (_, grants, words) => {
  const report = await check(reachOf('shop_orders', [grant('shop_orders'), ...grants]))
  expect(report.holds).toBe(false)
  expect(report.boundaries[1]?.beyond).toEqual([words])
  expect(`${report}`).toContain(`TOO MUCH: ${words}`)
})

test('a user of the log that touches databases of services elsewhere is not', async () => {
  const report = await check(
    reachOf('shop_orders', [grant('shop_orders')]),
    reachOf('shop_log', [grant('shop_log'), grant('shop_billing')]),
  )
  expect(report.boundaries.map(({ service, beyond }) => [service, beyond])).toEqual([
    [undefined, ['reads and writes shop_billing']],
    ['orders', []],
  ])
})

test('a server that asks nobody for a name has no boundary', async () => {
  expect((await check({ user: undefined, database: 'shop_orders', grants: [] })).holds).toBe(false)
})

test('a store without users is left to the machine', async () => {
  expect((await check(undefined, undefined)).holds).toBe(true)
})
