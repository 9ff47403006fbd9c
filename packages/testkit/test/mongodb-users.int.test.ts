import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineContract, defineService, type Service, StoreUnsuitable, systemRuntime } from '@tidings/core'
import { checkBoundaries, createSystem, type System } from '@tidings/event-store'
import { mongodbDatabase, mongodbEventLog } from '@tidings/event-store/mongodb'
import { type Document, MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import type { Mongod } from '../src/faults/start-mongod.ts'
import { readBlocks } from './docs/read-blocks.ts'
import { describeWithMongod, mongodForTest } from './mongod.ts'

const guide = 'docs/guide/mongodb.md'
const password = 'not a secret'

/** What the guide has an operator run in `mongosh`. */
function usersInGuide(): readonly Document[] {
  const markdown = readFileSync(fileURLToPath(new URL(`../../../${guide}`, import.meta.url)), 'utf8')
  const text = readBlocks(guide, markdown).find(({ title }) => title === 'users.js')?.text ?? ''
  const users: Document[] = []
  const createUser = (user: Document): void => void users.push(user)
  const run = new Function('db', 'passwordPrompt', text)
  run({ getSiblingDB: () => ({ createUser }) }, () => password)
  return users
}

/** A server that asks for names, with the users of the guide, one who may do everything, and one who may only read. */
async function serverWithUsers(): Promise<Mongod> {
  const mongod = await mongodForTest()
  const client = new MongoClient(mongod.url)
  const others = [
    { user: 'chief', pwd: password, roles: [{ role: 'root', db: 'admin' }] },
    { user: 'reader', pwd: password, roles: ['shop_log', 'shop_orders'].map((db) => ({ role: 'read', db })) },
  ]
  for (const { user, pwd, roles } of [...usersInGuide(), ...others]) await client.db('admin').command({ createUser: user, pwd, roles })
  await client.close()
  await mongod.kill()
  await mongod.start({ accessControl: true })
  return mongod
}

function urlFor(mongod: Mongod, user: string | undefined, database: string, given = password): string {
  const url = new URL(mongod.url)
  if (user !== undefined) [url.username, url.password] = [user, encodeURIComponent(given)]
  url.pathname = `/${database}`
  if (user !== undefined) url.searchParams.set('authSource', 'admin')
  return url.href
}

/** The service of that name, with the database's user and the log's. */
function systemOf(mongod: Mongod, service: string, user: string | undefined, logUser: string | undefined = user): System<Service[]> {
  const runtime = { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } }
  const database = mongodbDatabase({ url: urlFor(mongod, user, `shop_${service}`) })
  const system = createSystem({
    services: [defineService(defineContract(service, {}), { database }).implement({}) as Service],
    eventStore: mongodbEventLog({ url: urlFor(mongod, logUser, 'shop_log'), runtime }),
    runtime,
  })
  onTestFinished(() => system.stop())
  return system
}

describeWithMongod('on a server that asks for names', () => {
  test('the users of the guide run their services and stay within their boundaries', async () => {
    const mongod = await serverWithUsers()
    for (const service of ['orders', 'billing']) {
      const system = systemOf(mongod, service, service)
      await system.start()
      const report = await checkBoundaries(system)
      expect(report.boundaries.map(({ user }) => user)).toEqual([`${service}@admin`, `${service}@admin`])
      expect(`${report}`.split('\n')).toEqual([expect.stringMatching(/^event log .*: ok$/), expect.stringMatching(/^\w+ .*: ok$/)])
      expect(report.holds).toBe(true)
    }
  })

  test('a user of another service is refused by the server, and the error says who lacks what', async () => {
    const system = systemOf(await serverWithUsers(), 'orders', 'billing', 'orders')
    const error: unknown = await system.start().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreUnsuitable)
    expect(String(error)).toMatch(/shop_orders.* billing@admin may not .*insert/)
  })

  test('a user of more than one database is found, and so is one of the whole server', async () => {
    const mongod = await serverWithUsers()
    const wide = await checkBoundaries(systemOf(mongod, 'orders', 'chief'))
    expect(wide.holds).toBe(false)
    expect(`${wide}`).toMatch(/orders \(chief@admin\): .*TOO MUCH: .*every database/)
    const crossed = await checkBoundaries(systemOf(mongod, 'orders', 'orders', 'billing'))
    expect(crossed.boundaries.map(({ beyond }) => beyond)).toEqual([['reads and writes shop_billing'], []])
  })

  test('a user who may only read the log cannot open it, and is told what is missing', async () => {
    const mongod = await serverWithUsers()
    const error: unknown = await systemOf(mongod, 'orders', 'orders', 'reader')
      .start()
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreUnsuitable)
    expect(String(error)).toMatch(/shop_log.*reader@admin may not .*insert/)
  })

  test.each([
    ['a wrong password', 'orders', 'guessed'],
    ['a user that is not there', 'nobody', password],
  ])('%s is told at once, and is no reason to wait', async (_, user, given) => {
    const log = mongodbEventLog({ url: urlFor(await serverWithUsers(), user, 'shop_log', given) })
    onTestFinished(() => log.close())
    const error: unknown = await log.identity().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreUnsuitable)
    expect(String(error)).not.toContain(given)
    expect(String(error)).toContain('name, password and authSource')
  })

  test('a URL without a user is refused, not taken for a server that asks for none', async () => {
    const mongod = await serverWithUsers()
    await expect(checkBoundaries(systemOf(mongod, 'orders', undefined))).rejects.toThrow(StoreUnsuitable)
  })
})

describeWithMongod('on a server that asks nobody for a name', () => {
  test('there is no boundary', async () => {
    const report = await checkBoundaries(systemOf(await mongodForTest(), 'orders', undefined))
    expect(report.holds).toBe(false)
    expect(`${report}`).toMatch(/orders: everything on its server.*TOO MUCH/)
  })
})
