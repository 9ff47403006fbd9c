import { Validator } from '@seriousme/openapi-schema-validator'
import { defineContract, query } from '@tidings/core'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { httpServer, openApiDocument } from '../../src/index.ts'
import { serveShapes } from './serve-shapes.ts'
import { shapes } from './shapes.ts'

/** What a document says, read by its keys. */
// biome-ignore lint/suspicious/noExplicitAny: a document is read at many places, whose types are not the subject here
type Read = any

async function documentAt(url: string): Promise<Read> {
  return await (await fetch(`${url}/openapi.json`)).json()
}

test('a server tells its public routes at /openapi.json, as a public validator takes them', async () => {
  await using server = await serveShapes()
  const response = await fetch(`${server.url}/openapi.json`)
  expect(response.headers.get('content-type')).toContain('application/json')
  const document: Read = await response.json()
  expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument([shapes]))))
  const validator = new Validator()
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
  expect(Object.keys(document.paths)).toEqual([
    '/groups/{group}/items/{at}',
    '/items/{at}',
    '/trees',
    '/items/{at}/touch',
    '/items/{at}/label',
    '/any',
    '/numbers',
    '/loose',
    '/foreign',
  ])
  expect(JSON.stringify(document)).not.toContain('secret')
})

test('every reference in the document leads somewhere', () => {
  const document: Read = openApiDocument([shapes])
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
  expect(references).toContain('components/schemas/Money')
  expect(references).toContain('components/schemas/shapes.plant.input')
  for (const path of references)
    expect(
      path.split('/').reduce((at: Read, step) => at?.[step], document),
      path,
    ).toBeDefined()
})

test('path, query and body are told apart, and a field of the path is in no body', () => {
  const { paths }: Read = openApiDocument([shapes])
  const find = paths['/groups/{group}/items/{at}'].get
  expect(find.parameters).toContainEqual({ name: 'at', in: 'path', required: true, description: 'Which one.', schema: expect.anything() })
  expect(find.parameters).toContainEqual({ name: 'tags', in: 'query', schema: { type: 'array', items: { type: 'string' } } })
  expect(find.requestBody).toBeUndefined()
  const { put, delete: remove } = paths['/items/{at}']
  expect(put.requestBody.content['application/json'].schema).toEqual({
    type: 'object',
    properties: { price: { $ref: '#/components/schemas/Money' }, note: { type: 'string' } },
    required: ['price'],
  })
  expect(remove.parameters[0]).toMatchObject({ name: 'at', in: 'path' })
  expect(remove.responses['204'].content).toBeUndefined()
  expect(paths['/items/{at}/touch'].post.requestBody).toBeUndefined()
  const label = paths['/items/{at}/label'].patch.requestBody.content['application/json'].schema
  expect(label.oneOf.map((branch: Read) => Object.keys(branch.properties))).toEqual([
    ['by', 'name'],
    ['by', 'size', 'unit'],
  ])
  expect(paths['/any'].get.parameters).toContainEqual(expect.objectContaining({ name: 'fields', style: 'form', explode: true }))
})

test('declared errors stand at their statuses with their facts, and failures that pass with Retry-After', () => {
  const { put } = (openApiDocument([shapes]).paths as Read)['/items/{at}']
  const conflict = put.responses['409'].content['application/problem+json'].schema.anyOf
  expect(conflict.map(({ allOf }: Read) => allOf[1].properties.reason?.const ?? allOf[1].properties.code.const)).toEqual([
    'TooDear',
    'Taken',
    'COMMAND_STILL_RUNNING',
  ])
  for (const status of ['409', '503']) expect(put.responses[status].headers).toHaveProperty('Retry-After')
  expect(Object.keys(put.responses)).toEqual(['200', '400', '409', '413', '415', '422', '503', '504', 'default'])
  expect(put.parameters).toContainEqual({ $ref: '#/components/parameters/Idempotency-Key' })
})

test('what JSON Schema cannot express is written as anything, marked, and told in the log', async () => {
  await using server = await serveShapes()
  const { paths } = await documentAt(server.url)
  const loose = { 'x-tidings-loose': true, description: expect.any(String) }
  expect(paths['/loose'].post.requestBody.content['application/json'].schema.properties).toEqual({
    at: loose,
    seen: loose,
    size: expect.objectContaining({ type: 'integer' }),
  })
  expect(paths['/foreign'].post.requestBody.content['application/json'].schema).toEqual(loose)
  expect(server.warned).toEqual(
    ['find.input', 'loose.input', 'foreign.input', 'foreign.output'].map((what) =>
      expect.stringMatching(`^/openapi.json describes shapes.${what.replace('.', '\\.')} more loosely than it is checked: `),
    ),
  )
})

test('schemas of other libraries can be written by a function', () => {
  const jsonSchema = (schema: { readonly '~standard': { readonly vendor: string } }) =>
    schema['~standard'].vendor === 'foreign' ? { type: 'string' } : undefined
  const loose: string[] = []
  const { paths }: Read = openApiDocument([shapes], { jsonSchema }, (subject) => loose.push(subject))
  expect(paths['/foreign'].post.requestBody.content['application/json'].schema).toEqual({ type: 'string' })
  expect(loose).toEqual(['shapes.find.input', 'shapes.loose.input'])
})

test('title, version, description and servers can be given; the version follows the contract by itself', async () => {
  const other = defineContract('other', { operations: {} })
  expect(openApiDocument([shapes, other]).info).toEqual({ title: 'shapes, other', version: expect.stringMatching(/^[0-9a-f]{12}$/) })
  expect(openApiDocument([shapes]).info.version).toBe(openApiDocument([shapes]).info.version)
  expect(openApiDocument([shapes]).info.version).not.toBe(openApiDocument([other]).info.version)
  await using server = await serveShapes({ title: 'Shapes', version: '2', description: 'All.', servers: ['https://shapes.example'] })
  expect(await documentAt(server.url)).toMatchObject({
    info: { title: 'Shapes', version: '2', description: 'All.' },
    servers: [{ url: 'https://shapes.example' }],
  })
})

test('/openapi.json is told apart from other addresses, and can be left out', async () => {
  await using server = await serveShapes()
  const wrong = await fetch(`${server.url}/openapi.json`, { method: 'POST' })
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  await using silent = await serveShapes(false)
  expect((await fetch(`${silent.url}/openapi.json`)).status).toBe(404)
})

const output = z.object({})
test.each<[string, { input: z.ZodType; http: string }, string]>([
  ['a route of an operation', { input: z.object({}), http: 'GET /openapi.json' }, 'the server itself answers there already'],
  ['a parameter that is no field', { input: z.object({ orderId: z.string() }), http: 'GET /orders/:id' }, ':id is no field of its input'],
  ['a list in a path', { input: z.object({ ids: z.array(z.string()) }), http: 'GET /orders/:ids' }, ':ids is neither text nor number'],
  ['an object in a query', { input: z.object({ by: z.object({ a: z.int() }) }), http: 'GET /orders' }, 'its field by is an object'],
  ['a query without fields', { input: z.array(z.int()), http: 'DELETE /orders' }, 'its input is no object'],
])('%s is refused at start', async (_, { input, http }, reason) => {
  const contracts = [defineContract('a', { operations: { x: query({ input, output, access: 'public', http }) } })]
  const system = {
    contracts,
    readiness: () => ({ ready: true, reasons: [], notes: [] }),
    answer: () => expect.fail('nothing is asked'),
  }
  await expect(httpServer({ port: 0 }).start(system)).rejects.toMatchObject({
    code: 'DEFINITION_INVALID',
    message: expect.stringContaining(reason),
  })
})

test('whoever must be known finds out how, and what is answered otherwise', async () => {
  const input = z.object({})
  const open = { input, output: input }
  const rooms = defineContract('rooms', {
    operations: {
      hall: query({ ...open, access: 'public', http: 'GET /hall' }),
      porch: query({ ...open, access: 'optional', http: 'GET /porch' }),
      vault: query({ ...open, access: { scopes: ['keys'] }, http: 'GET /vault' }),
    },
  })
  const document: Read = openApiDocument([rooms])
  expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
  const { '/hall': hall, '/porch': porch, '/vault': vault } = document.paths
  expect(document.components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer' } })
  expect([hall.get.security, porch.get.security, vault.get.security]).toEqual([undefined, [{ bearer: [] }, {}], [{ bearer: [] }]])
  expect(Object.keys(hall.get.responses)).not.toContain('401')
  expect(Object.keys(vault.get.responses)).toEqual(expect.arrayContaining(['401', '403']))
})
