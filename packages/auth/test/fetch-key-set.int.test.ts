import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { fetchKeySet } from '../src/keys/fetching/fetch-key-set.ts'
import { codeOf } from './signing.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
}
const patience = (): AbortSignal => AbortSignal.timeout(20_000)

test('a key set is fetched as it is', async () => {
  const url = await serve((_request, response) => response.end('{"keys":[]}'))
  expect(await fetchKeySet(url, patience())).toEqual({ keys: [] })
})

test('whatever else an endpoint answers is a typed error', async () => {
  const answers: RequestListener[] = [
    (_request, response) => response.writeHead(500).end('{}'),
    (_request, response) => response.writeHead(204).end(),
    (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    (_request, response) => response.end('<html>'),
    (_request, response) => response.end(`"${'x'.repeat(262_144)}"`),
    (_request, response) => response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy()),
    (request) => request.destroy(),
  ]
  for (const answer of answers) expect(await codeOf(fetchKeySet(await serve(answer), patience()))).toBe('AUTH_KEY_FETCH_FAILED')
  expect(await codeOf(fetchKeySet('http://127.0.0.1:1/', patience()))).toBe('AUTH_KEY_FETCH_FAILED')
})

test('an endpoint that never answers is left when the time is up', async () => {
  const url = await serve(() => {})
  const stop = new AbortController()
  const fetched = codeOf(fetchKeySet(url, stop.signal))
  stop.abort()
  expect(await fetched).toBe('AUTH_KEY_FETCH_FAILED')
})
