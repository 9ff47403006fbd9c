import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'

const program = fileURLToPath(new URL('./stopping-process.ts', import.meta.url))

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidings-stopping-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Runs the service until it ends, or the test has finished. */
async function run(directory: string, stopMs?: number) {
  const env = { ...process.env, ...(stopMs === undefined ? {} : { STOP_MS: String(stopMs) }) }
  const child = fork(program, [directory], { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const said: string[] = []
  let errors = ''
  child.on('message', (message) => said.push(String(message)))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exit = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exit
  })
  await expect.poll(() => said.length, { message: errors }).toBeGreaterThan(0)
  const place = (orderId: string) =>
    fetch(`${said[0]}/orders/place`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId }),
    })
  return { child, said, exit, place, url: String(said[0]), errors: () => errors }
}

const began = (what: string) => `begun ${what}`
const isStopping = 'Stopping'

test('a process that is told to stop finishes what is in hand and ends by itself, whoever keeps a connection', {
  timeout: 120_000,
}, async () => {
  const { child, said, exit, place, url, errors } = await run(folder())
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const [kept] = (await once(get(`${url}/live`, { agent }), 'response')) as [import('node:http').IncomingMessage]
  await once(kept.resume(), 'end')

  const placing = place('wait')
  await expect.poll(() => said).toContain(began('wait'))
  child.kill('SIGTERM')
  // The same key press, passed on by whoever started it.
  child.kill('SIGTERM')
  await expect.poll(() => said.some((line) => line.startsWith(isStopping))).toBe(true)
  expect(child.exitCode).toBeNull()
  child.send('go')
  expect((await placing).status).toBe(200)
  expect(await exit, errors()).toEqual([0, null])
  expect(errors()).toBe('')
})

test('a handler that heeds nothing is cut off at the deadline, which ends the process and says of what', { timeout: 120_000 }, async () => {
  const directory = folder()
  const { child, said, exit, place, errors } = await run(directory, 200)
  const placing = place('hang').then(
    ({ status }) => status,
    () => 'cut off',
  )
  await expect.poll(() => said).toContain(began('hang'))
  child.kill('SIGTERM')
  expect(await exit).toEqual([1, null])
  expect(errors()).toMatch(/did not come to its end within 200 ms\. Cut off and rolled back: orders\.place \(running for/)
  expect(['cut off', 503]).toContain(await placing)
  const orders = new DatabaseSync(join(directory, 'orders.db'), { readOnly: true })
  onTestFinished(() => orders.close())
  expect(orders.prepare('select * from seen').all()).toEqual([])
})

test('a second signal ends a process that is still stopping, and says what was left', { timeout: 120_000 }, async () => {
  const { child, said, exit, place, errors } = await run(folder())
  const placing = place('hang').catch(() => 'cut off')
  await expect.poll(() => said).toContain(began('hang'))
  child.kill('SIGTERM')
  await expect.poll(() => said.some((line) => line.startsWith(isStopping))).toBe(true)
  // The first ones may come too soon to count.
  const signalled = (): number | null => {
    child.kill('SIGTERM')
    return child.exitCode
  }
  await expect.poll(signalled).toBe(1)
  expect(await exit).toEqual([1, null])
  expect(errors()).toMatch(/Ended at once, for another SIGTERM came\. Left: orders\.place \(running for/)
  await placing
})

test('a process that is killed in the midst of stopping loses nothing: the next start empties its outbox', {
  timeout: 120_000,
}, async () => {
  const directory = folder()
  const first = await run(directory)
  // Whoever writes to the log holds up all others.
  const holder = new DatabaseSync(join(directory, 'log.db'))
  holder.exec('begin immediate')
  for (const orderId of ['a', 'b', 'c']) expect((await first.place(orderId)).status).toBe(200)
  first.child.kill('SIGTERM')
  await expect.poll(() => first.said.some((line) => line.startsWith(isStopping))).toBe(true)
  expect(first.child.exitCode).toBeNull()
  first.child.kill('SIGKILL')
  expect(await first.exit).toEqual([null, 'SIGKILL'])
  holder.exec('rollback')
  holder.close()

  const second = await run(directory)
  const log = sqliteEventLog({ file: join(directory, 'log.db') })
  onTestFinished(() => log.close())
  await expect.poll(() => log.sealed()).toBe(3)
  second.child.kill('SIGTERM')
  expect(await second.exit).toEqual([0, null])
  expect((await log.read({ after: 0, limit: 10 })).events.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
})
