import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { originOf } from '../src/demo/service-process.ts'
import { serviceNames } from '../src/shop.ts'
import { changeAccess, type SignedIn, send, signIn } from './access/caller.ts'
import { administrator, type GuardedShop, type Guarding, startGuardedShop } from './access/guarded-shop.ts'
import { askWith, order, untilRefused } from './access/until-refused.ts'
import { freePorts } from './free-ports.ts'
import { until } from './until.ts'

const password = 'correct horse battery'
const never = (): boolean => false

async function start(strategy: Guarding, maxStalenessMs = 30_000): Promise<{ shop: GuardedShop; boss: SignedIn; anna: SignedIn }> {
  const directory = await mkdtemp(join(tmpdir(), 'shop-sign-in-'))
  const shop = await startGuardedShop({ directory, firstPort: await freePorts() }, strategy, maxStalenessMs)
  onTestFinished(async () => {
    await shop[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })
  const boss = await signIn(shop.auth, 'login', administrator.email, administrator.password)
  return { shop, boss, anna: await signIn(shop.auth, 'register', 'anna@example.org', password) }
}

test.each<Guarding>(['introspect', 'gateway', 'local'])(
  '%s: who signs in orders for themselves, and who is blocked is out of every service',
  async (strategy) => {
    const { shop, boss, anna } = await start(strategy)
    const placed = await askWith(shop, 'orders', anna.accessToken)
    expect(placed.status, placed.text).toBe(201)
    const { orderId } = JSON.parse(placed.text) as { orderId: string }
    const own = `${shop.doorOf('orders')}/orders/${orderId}`
    expect(JSON.parse((await send(own, { token: anna.accessToken })).text)).toMatchObject({ orderId, customerId: anna.userId })
    expect((await send(`${shop.doorOf('orders')}/orders`, { token: anna.accessToken, body: { ...order, customerId: 'ben' } })).status).toBe(
      400,
    )
    for (const service of serviceNames) expect((await send(`${shop.doorOf(service)}/${service}/summary`)).status).toBe(401)
    const direct = await send(`${originOf('orders', shop.place)}/orders`, { token: anna.accessToken, body: order })
    expect(direct.status).toBe(strategy === 'gateway' ? 401 : 201)

    const ben = await signIn(shop.auth, 'register', 'ben@example.org', password)
    expect((await send(own, { token: ben.accessToken })).status).toBe(404)
    expect((await send(`${shop.auth}/auth/users/${ben.userId}/block`, { token: anna.accessToken, body: {} })).status).toBe(403)

    await changeAccess(shop.auth, 'suspend', anna, boss)
    await untilRefused(shop, anna.accessToken, never)
    await changeAccess(shop.auth, 'resume', anna, boss)
    for (const service of serviceNames)
      await until(`${service} takes the token again`, async () => (await askWith(shop, service, anna.accessToken)).status < 300)

    const away = strategy === 'gateway' ? 'gateway' : 'billing'
    await shop.processes.of(away).end('SIGKILL')
    await changeAccess(originOf('auth', shop.place), 'block', anna, boss)
    shop.processes.start(away)
    const answers: number[] = []
    await until(`${away} has come back`, async () => {
      answers.push((await askWith(shop, 'billing', anna.accessToken)).status)
      return answers.at(-1) === 401
    })
    expect(answers).not.toContain(200)
    await untilRefused(shop, anna.accessToken, never)

    await changeAccess(shop.auth, 'unblock', anna, boss)
    const again = await signIn(shop.auth, 'login', 'anna@example.org', password)
    await until('the new token is taken', async () => (await askWith(shop, 'orders', again.accessToken)).status === 201)
    for (const service of serviceNames) expect((await askWith(shop, service, anna.accessToken)).status).toBe(401)
  },
)

test('introspect: while the auth service is down nobody gets in, and nobody is logged out', async () => {
  const { shop, anna } = await start('introspect')
  expect((await askWith(shop, 'billing', anna.accessToken)).status).toBe(200)
  await shop.processes.of('auth').end('SIGKILL')
  expect((await askWith(shop, 'billing', anna.accessToken)).status).toBe(503)
})

test('local: without the auth service known tokens are taken until what is known is too old, and then nobody is let in', async () => {
  const { shop, anna } = await start('local', 3_000)
  await shop.processes.of('auth').end('SIGKILL')
  const answers: number[] = []
  await until('what is known is too old', async () => {
    answers.push((await askWith(shop, 'billing', anna.accessToken)).status)
    return answers.at(-1) === 503
  })
  expect(new Set(answers.slice(0, -1))).toEqual(new Set([200]))
})
