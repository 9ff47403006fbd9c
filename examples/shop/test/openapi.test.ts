import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Validator } from '@seriousme/openapi-schema-validator'
import openapiTS, { astToString } from 'openapi-typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { originOf, type ShopPlace } from '../src/demo/service-process.ts'
import { type ShopProcesses, shopProcesses } from '../src/demo/shop-processes.ts'
import { type ServiceName, serviceNames } from '../src/shop.ts'
import { freePorts } from './free-ports.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

let place: ShopPlace
let processes: ShopProcesses
beforeAll(async () => {
  place = { directory: await mkdtemp(join(tmpdir(), 'shop-openapi-')), firstPort: await freePorts() }
  processes = shopProcesses(place)
  for (const name of serviceNames) processes.start(name)
  await Promise.all(serviceNames.map((name) => processes.of(name).ready()))
})
afterAll(async () => {
  await processes[Symbol.asyncDispose]()
  await rm(place.directory, { recursive: true, force: true })
})

type Document = { readonly info: { readonly title: string }; readonly paths: Readonly<Record<string, object>> }

async function documentOf(name: ServiceName): Promise<Document> {
  return (await (await fetch(`${originOf(name, place)}/openapi.json`)).json()) as Document
}

test.each<[ServiceName, string[]]>([
  ['customers', ['get /customers/summary']],
  [
    'orders',
    ['post /orders', 'get /orders/{orderId}', 'get /orders/summary', 'get /orders/months', 'get /orders/months/{month}/customers'],
  ],
  ['billing', ['get /billing/summary', 'get /billing/months', 'get /billing/months/{month}/customers']],
  ['insights', ['get /insights/summary', 'get /insights/months', 'get /insights/months/{month}/customers']],
])('%s tells its public routes, and only these, in a document that a public validator takes', async (name, routes) => {
  const document = await documentOf(name)
  expect(document.info.title).toBe(name)
  expect(Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))).toEqual(
    routes,
  )
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
  expect(JSON.stringify(document)).not.toContain('x-tidings-loose')
})

const client = `
import createClient from 'openapi-fetch'
import type { paths } from './api.ts'

const api = createClient<paths>({ baseUrl: process.argv[2] })
const purchase = { customerId: 'ann', quantity: 1, totalCents: 100, placedAt: '1997-01-01T00:00:00Z' }

const placed = await api.POST('/orders', { params: { header: { 'Idempotency-Key': 'k' } }, body: purchase })
const orderId: string | undefined = placed.data?.orderId
const read = await api.GET('/orders/{orderId}', { params: { path: { orderId: orderId ?? '' } } })
const totalCents: number | undefined = read.data?.totalCents

const missing = await api.GET('/orders/{orderId}', { params: { path: { orderId: 'nobody' } } })
const problem = missing.error
const facts: { orderId: string } | undefined = problem !== undefined && 'reason' in problem && problem.reason === 'NotFound' ? problem.facts : undefined
console.log(JSON.stringify([placed.response.status, totalCents, missing.response.status, facts]))

// @ts-expect-error an order has a customer
if (process.argv[2] === '') await api.POST('/orders', { body: { quantity: 1, totalCents: 100, placedAt: '' } })
`

test('a client that is generated from the document of orders takes an order and reads it', { timeout: 120_000 }, async () => {
  const folder = join(place.directory, 'client')
  await mkdir(folder)
  // Whatever generates from it checks it first.
  const source = (await documentOf('orders')) as unknown as Parameters<typeof openapiTS>[0]
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'api.ts'), astToString(await openapiTS(source)))
  await writeFile(join(folder, 'client.ts'), client)
  const compilerOptions = { noEmit: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions }))
  await symlink(join(root, 'examples/shop/node_modules'), join(folder, 'node_modules'))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const compiled = await run(process.execPath, [compiler, '-p', folder]).catch((error: { stdout: string }) => error)
  expect(compiled.stdout).toBe('')
  const { stdout } = await run(process.execPath, [join(folder, 'client.ts'), originOf('orders', place)])
  expect(JSON.parse(stdout)).toEqual([201, 100, 404, { orderId: 'nobody' }])
})
