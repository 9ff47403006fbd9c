import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Client, createClient, type Send, systemRuntime } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { httpClient } from '@tidings/http'
import { expect, onTestFinished, test } from 'vitest'
import { store, storeService, till, tillService } from './store-and-till.ts'

/** Everything that was answered and everything in the log, without ids and times, as text. */
async function play(
  clients: { readonly till: Client<typeof till>; readonly store: Client<typeof store> },
  logFile: string,
): Promise<string> {
  const answers: unknown[] = []
  const ask = async (work: () => Promise<unknown>): Promise<void> => {
    answers.push(
      await work().catch((error: Record<string, unknown>) => ({
        code: error.code,
        reason: error.reason,
        detail: error.detail,
        remoteCode: error.remoteCode,
        retryable: error.retryable,
        faults: error.faults,
        message: error.message,
      })),
    )
  }
  await ask(() => clients.store.stock({ item: 'apple', amount: 5 }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 2 }, { idempotencyKey: 'one' }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 2 }, { idempotencyKey: 'one' }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 3 }, { idempotencyKey: 'one' }))
  await ask(() => clients.till.sell({ item: 'apple', amount: 9 }))
  await ask(() => clients.store.take({ item: 'pear', amount: 1 }))
  await ask(() => clients.store.take({ item: 'apple', amount: -1 }))
  await ask(() => clients.store.take({ item: 'apple', amount: 1, colour: 'red' } as never))
  await ask(() => clients.till.sold({}))
  const log = sqliteEventLog({ file: logFile })
  await expect.poll(() => log.sealed()).toBe(2)
  const { events } = await log.read({ after: 0, limit: 100 })
  await log.close()
  return JSON.stringify(
    {
      answers,
      events: events.map(({ position, type, version, key, service, data, headers, encoding }) => ({
        position,
        type,
        version,
        key,
        service,
        data,
        headers,
        encoding,
      })),
    },
    null,
    1,
  )
}

const quiet = { ...systemRuntime, logger: { info: () => {}, warn: () => {}, error: () => {} } }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidings-apart-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Starts a service in a process of its own and answers its address. It must end by itself once it is told to stop. */
async function serve(directory: string, service: 'store' | 'till', ...others: string[]): Promise<string> {
  const script = fileURLToPath(new URL('./store-or-till-process.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', script, directory, service, ...others],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })
  const lines = createInterface({ input: child.stdout })
  const [url] = await Promise.race([
    once(lines, 'line'),
    ended.then(() => {
      throw new Error(`${service} ended before it was ready.`)
    }),
  ])
  return String(url)
}

test('one scenario gives the same answers and events in one process and in many, byte for byte', async () => {
  const together = folder()
  const one = createSystem({ services: [storeService, tillService], directory: together, runtime: quiet })
  onTestFinished(() => one.stop())
  await one.start()
  const inProcess = await play({ till: one.call('till'), store: one.call('store') }, join(together, 'log.db'))

  const apart = folder()
  const storeUrl = await serve(apart, 'store')
  const tillUrl = await serve(apart, 'till', storeUrl)
  const client = httpClient({ locate: { store: storeUrl, till: tillUrl } })
  onTestFinished(() => client.close())
  const send: Send = (request, signal) => client.send(request, signal)
  const inMany = await play({ till: createClient(till, send), store: createClient(store, send) }, join(apart, 'log.db'))
  expect(inMany).toBe(inProcess)
  expect(JSON.parse(inProcess)).toMatchObject({
    answers: { 1: { left: 3 }, 2: { left: 3 }, 3: { code: 'IDEMPOTENCY_KEY_REUSED' }, 8: [{ item: 'apple', amount: 2 }] },
  })
})
