import { expect, test } from 'vitest'
import { serveShapes } from './serve-shapes.ts'

async function find(query: string): Promise<{ status: number; body: Record<string, unknown> & { faults?: { path: string }[] } }> {
  await using server = await serveShapes()
  const response = await fetch(`${server.url}/groups/a/items/7${query}`)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test.each([
  ['', {}],
  ['?limit=5&ratio=-0.5e1', { limit: 5, ratio: -5 }],
  ['?open=true', { open: true }],
  ['?open=false', { open: false }],
  ['?tags=x', { tags: ['x'] }],
  ['?tags=1&tags=y', { tags: ['1', 'y'] }],
  ['?sizes=1&sizes=2', { sizes: [1, 2] }],
  ['?sizes=3', { sizes: [3] }],
  ['?kind=b&level=2', { kind: 'b', level: 2 }],
  ['?free=5', { free: '5' }],
  ['?coerced=5', { coerced: 5 }],
  ['?switched=yes', { switched: true }],
])('the query "%s" is read as the schema asks for it', async (query, fields) => {
  expect(await find(query)).toEqual({ status: 200, body: { group: 'a', at: 7, limit: 10, ...fields } })
})

test.each([
  ['?limit=5x', 'limit'],
  ['?limit=', 'limit'],
  ['?limit=0x10', 'limit'],
  ['?limit=1.5', 'limit'],
  ['?limit=1&limit=2', 'limit'],
  ['?limit=9007199254740993', 'limit'],
  ['?ratio=1e999', 'ratio'],
  ['?ratio=NaN', 'ratio'],
  ['?open=yes', 'open'],
  ['?sizes=1&sizes=x', 'sizes[1]'],
  ['?level=3', 'level'],
  ['?other=1', 'other'],
])('the query "%s" is refused with its path', async (query, path) => {
  const { status, body } = await find(query)
  expect([status, body.faults?.map((fault) => fault.path)]).toEqual([400, [path]])
})

test('a number in the path becomes one, and a text there is refused', async () => {
  await using server = await serveShapes()
  expect(await (await fetch(`${server.url}/items/7/touch`, { method: 'POST' })).json()).toBe('touched')
  expect((await fetch(`${server.url}/items/x/touch`, { method: 'POST' })).status).toBe(400)
})

test('an answer of 204 has no body', async () => {
  await using server = await serveShapes()
  const response = await fetch(`${server.url}/items/7`, { method: 'DELETE' })
  expect([response.status, await response.text(), response.headers.get('content-length')]).toEqual([204, '', null])
})
