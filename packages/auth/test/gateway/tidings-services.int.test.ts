import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authenticator, command, defineContract, defineService, query, systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { memoryEventLog } from '@tidings/event-store/memory'
import { httpServer } from '@tidings/http'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { gateway } from '../../src/gateway.ts'
import { gatewayTrust, local } from '../../src/index.ts'
import { TestIssuer } from '../test-issuer.ts'

const runtime = { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } }
const who = z.object({ id: z.string(), scopes: z.array(z.string()) })

const orders = defineContract('orders', {
  operations: {
    place: command({
      input: z.object({ item: z.string() }),
      output: who,
      access: 'authenticated',
      http: { route: 'POST /orders', status: 201 },
    }),
    audit: query({ input: z.object({ id: z.string() }), output: who, access: { scopes: ['orders:audit'] }, http: 'GET /orders/:id' }),
    // Its public route is its internal address.
    menu: query({ input: z.object({}), output: z.object({ items: z.array(z.string()) }), access: 'public', http: 'POST /orders/menu' }),
    hang: query({ input: z.object({}), output: who, access: 'authenticated', http: 'GET /hang', timeoutMs: 60_000 }),
  },
})

/** An issuer, a gateway that verifies its tokens, and a service that believes the gateway alone. */
async function openShop() {
  const log = memoryEventLog()
  const issuer = await TestIssuer.create(log, runtime)
  await issuer.beat()
  const aborted = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const seen = ({ principal }: { principal: { id: string; scopes: ReadonlySet<string> } }) => ({
    id: principal.id,
    scopes: [...principal.scopes],
  })
  const service = defineService(orders).implement({
    place: async (_, ctx) => seen(ctx),
    audit: async (_, ctx) => seen(ctx),
    menu: async () => ({ items: ['tea'] }),
    hang: async (_, ctx) => {
      begun.resolve()
      await new Promise<void>((resolve) => ctx.principal.signal.addEventListener('abort', () => resolve()))
      aborted.resolve()
      return seen(ctx)
    },
  })
  const gatewayUrl: { value: string | undefined } = { value: undefined }
  const trust = gatewayTrust({
    service: 'orders',
    keys: async () => (await fetch(`${gatewayUrl.value}/.well-known/gateway-jwks.json`)).json(),
    runtime,
  })
  const server = httpServer({ port: 0, authenticator: trust, runtime })
  const directory = await mkdtemp(join(tmpdir(), 'tidings-gateway-'))
  const system = createSystem({ services: [service], eventStore: memoryEventLog(), directory, server, runtime })
  const authenticator: Authenticator = local({ issuer: 'auth', audience: 'shop', keys: async () => issuer.jwks, log, runtime })
  const door = gateway({
    port: 0,
    routes: [{ contract: orders }],
    locate: (name) => (name === 'orders' ? server.url : undefined),
    authenticator,
    runtime,
  })
  await door.start()
  gatewayUrl.value = door.url
  await system.start()
  onTestFinished(async () => {
    await door.stop()
    await system.stop()
    await rm(directory, { recursive: true, force: true })
  })
  await expect.poll(async () => (await fetch(`${door.url}/ready`)).status).toBe(200)
  return { issuer, url: door.url ?? '', direct: server.url ?? '', aborted: aborted.promise, begun: begun.promise }
}

test('a service of Tidings behind the gateway knows who asks, decides by its contract, and answers 401 when asked directly', async () => {
  const { issuer, url, direct } = await openShop()
  const headers = { authorization: `Bearer ${await issuer.token({ sub: 'u7' })}`, 'content-type': 'application/json' }
  const body = '{"item":"tea"}'
  const placed = await fetch(`${url}/orders`, { method: 'POST', headers, body })
  expect([placed.status, await placed.json()]).toEqual([201, { id: 'u7', scopes: ['orders:read'] }])
  expect((await fetch(`${url}/orders/o1`, { headers })).status).toBe(403)
  const auditor = { authorization: `Bearer ${await issuer.token({ sub: 'a1', scope: 'orders:audit' })}` }
  expect(await (await fetch(`${url}/orders/o1`, { headers: auditor })).json()).toMatchObject({ id: 'a1' })
  expect(
    await (await fetch(`${url}/orders/menu`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json(),
  ).toEqual({ items: ['tea'] })
  for (const [path, init] of [
    ['/orders', { method: 'POST', headers, body }],
    ['/orders/place', { method: 'POST', headers, body }],
    ['/orders/o1', { headers: auditor }],
  ] as const) {
    const refused = await fetch(`${direct}${path}`, init)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  }
  // Only public routes have a way through.
  expect((await fetch(`${url}/orders/place`, { method: 'POST', headers, body })).status).toBe(405)
})

test('a blocked user is refused at the gateway, and what they have under way at the service ends', async () => {
  const { issuer, url, aborted, begun } = await openShop()
  const headers = { authorization: `Bearer ${await issuer.token()}` }
  const hanging = fetch(`${url}/hang`, { headers })
  await begun
  await issuer.block('u1')
  expect((await hanging).status).toBe(401)
  await aborted
  expect((await fetch(`${url}/hang`, { headers })).status).toBe(401)
})
