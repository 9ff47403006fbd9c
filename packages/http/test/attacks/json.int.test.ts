import { defineContract, query } from '@tidings/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { type HttpServer, httpServer } from '../../src/index.ts'
import { accepted, noText, refused } from './json-texts.ts'

const anything = defineContract('anything', {
  operations: { take: query({ input: z.unknown(), output: z.unknown(), access: 'public', http: 'POST /take', timeoutMs: 60_000 }) },
})
const taken: unknown[] = []
let server: HttpServer
beforeAll(async () => {
  server = httpServer({ port: 0 })
  await server.start({
    contracts: [anything],
    readiness: () => ({ ready: true, reasons: [], notes: [] }),
    answer: async ({ input }) => {
      taken.push(input)
      return { ok: true, output: 'taken' }
    },
  })
})
afterAll(() => server.stop())

async function post(body: string | Uint8Array<ArrayBuffer>): Promise<{ status: number; body: { code?: string } | string }> {
  const response = await fetch(`${server.url}/take`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  return { status: response.status, body: (await response.json()) as { code?: string } }
}

function named(text: string): string {
  return `${JSON.stringify(text.slice(0, 60))}${text.length > 60 ? ` … of ${text.length}` : ''}`
}

test('every text that is JSON arrives as what it means', async () => {
  for (const text of accepted) {
    taken.length = 0
    expect(await post(text), named(text)).toEqual({ status: 200, body: 'taken' })
    expect(taken, named(text)).toEqual([JSON.parse(text)])
  }
})

test('every text that is no JSON, or not only one reading, is answered 400 and reaches nothing', async () => {
  taken.length = 0
  for (const text of refused) expect(await post(text), named(text)).toMatchObject({ status: 400, body: { code: 'BODY_MALFORMED' } })
  expect(taken).toEqual([])
})

test('bytes that are no UTF-8 are answered 400, and a mark of byte order is no part of the text', async () => {
  taken.length = 0
  for (const bytes of noText) {
    expect(await post(new Uint8Array(bytes)), bytes.join(' ')).toMatchObject({ status: 400, body: { code: 'BODY_MALFORMED' } })
  }
  expect(taken).toEqual([])
  expect((await post(new Uint8Array([0xef, 0xbb, 0xbf, 0x5b, 0x5d]))).status).toBe(200)
})

test('nested JSON of every depth up to the limit of a body is answered, and the server goes on', async () => {
  for (const depth of [100, 10_000, 500_000]) {
    const { status } = await post('['.repeat(depth) + ']'.repeat(depth))
    expect(status, `depth ${depth}`).toBe(200)
  }
  expect((await post('[]')).status).toBe(200)
})
