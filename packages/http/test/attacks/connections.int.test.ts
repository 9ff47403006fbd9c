import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { request, victim } from './under-attack.ts'

/** 10,000 where the machine lets one process have so many files: `TIDINGS_CONNECTIONS=10000`. */
const connections = Number(process.env.TIDINGS_CONNECTIONS || 500)

/** Opens connections from a process of its own, for each end counts against the files that one process may have. */
async function openAndLeave(url: string, count: number): Promise<{ opened: number; closed: () => Promise<number> }> {
  const client = fork(new URL('./open-connections.ts', import.meta.url), [new URL(url).port, String(count)])
  onTestFinished(() => void client.kill('SIGKILL'))
  const [opened] = (await once(client, 'message')) as [number]
  const closed = once(client, 'message')
  return { opened, closed: async () => ((await closed) as [number])[0] }
}

test(`${connections} connections that are opened and left keep nobody out, and are closed when their time is over`, async () => {
  await using server = await victim({ headersTimeoutMs: 2_000 })
  await server.serves()
  const before = process.memoryUsage().rss
  const { opened, closed } = await openAndLeave(server.url, connections)
  expect(opened).toBe(connections)
  await server.serves()
  const perConnection = (process.memoryUsage().rss - before) / connections
  expect(perConnection).toBeLessThan(connections >= 10_000 ? 32_768 : 1_048_576)
  expect(await closed()).toBe(connections)
  await server.serves()
})

test('past the most connections new ones are closed, and those that only wait for a next request make room', async () => {
  await using server = await victim({ maxConnections: 20 })
  const waiting = Array.from({ length: 20 }, () => server.open())
  for (const connection of waiting) connection.write(request('GET /count', ''))
  await expect.poll(() => waiting.every(({ statuses }) => statuses.length === 1)).toBe(true)
  const { hostname, port } = new URL(server.url)
  const dropped = connect(Number(port), hostname).on('error', () => {})
  await once(dropped, 'close')
  await Promise.all(waiting.map(({ closed }) => closed))
  await server.serves()
})
