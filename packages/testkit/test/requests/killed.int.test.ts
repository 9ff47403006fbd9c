import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { describe, expect, test } from 'vitest'
import { ChainProcesses } from './chain-processes.ts'
import { back, chainNames, front, killPoints } from './durable-chain.ts'
import { rejection } from './rejection.ts'

/** Repeats a command under one key until it is answered, as a client does who must know. */
async function actUntilAnswered(chain: ChainProcesses, what: string): Promise<{ readonly rows: number }> {
  for (;;) {
    try {
      return await chain.call(front).act({ what }, { idempotencyKey: what })
    } catch (error) {
      // It may be down, or have died under the request; neither is an answer.
      const { retryable, code } = error as { retryable?: boolean; code?: string }
      if (retryable !== true && code !== 'ENOENT') throw error
    }
  }
}

const anywhere = chainNames.flatMap((name) => killPoints.map((point) => `${name} at ${point}`))
/** Where all die at once, it matters how far the command has come. */
const onTheWay = [
  'back at written',
  'back at committed',
  'middle at written',
  'middle at committed',
  'front at written',
  'front at committed',
]

describe.each([
  ['in one process', ['all'], onTheWay],
  ['in a process each', chainNames, anywhere],
])('%s', (_, processes, points) => {
  test('a command three services deep, killed at any point and repeated, takes effect once in each', { timeout: 600_000 }, async () => {
    const chain = new ChainProcesses()
    await Promise.all(processes.map((name) => chain.start(name)))
    for (const what of points) expect(await actUntilAnswered(chain, what)).toEqual({ rows: 1 })
    expect(chain.deaths).toBe(points.length)

    const inOrder = [...points].sort()
    for (const contract of [front, back]) expect((await chain.call(contract).acts({})).sort()).toEqual(inOrder)
    const log = sqliteEventLog({ file: join(chain.directory, 'log.db') })
    await expect.poll(() => log.sealed()).toBe(points.length * chainNames.length)
    const { events } = await log.read({ after: 0, limit: 1_000 })
    await log.close()
    const published = events.map(({ service, key }) => `${service}: ${key}`).sort()
    expect(published).toEqual(chainNames.flatMap((name) => points.map((what) => `${name}: ${what}`)).sort())
  })
})

describe('in a process each', () => {
  test('a caller that is killed is heard two services away', { timeout: 120_000 }, async () => {
    const chain = new ChainProcesses()
    await Promise.all(chainNames.map((name) => chain.start(name)))
    const calling = rejection(chain.call(front).act({ what: 'wait' }))
    await expect.poll(() => existsSync(join(chain.directory, 'back began wait'))).toBe(true)
    await chain.kill('front')
    await expect.poll(() => existsSync(join(chain.directory, 'given up'))).toBe(true)
    await calling
  })

  test('what a frozen service was asked is not begun when it goes on after its callers have left', { timeout: 120_000 }, async () => {
    const chain = new ChainProcesses()
    await Promise.all(chainNames.map((name) => chain.start(name)))
    await chain.call(front).act({ what: 'first' })
    chain.signal('back', 'SIGSTOP')
    const late = Array.from({ length: 20 }, (_, i) => `late ${i}`)
    const calls = Promise.all(late.map((what) => rejection(chain.call(front).act({ what }))))
    await expect.poll(() => late.every((what) => existsSync(join(chain.directory, `middle gave up ${what}`)))).toBe(true)
    chain.signal('back', 'SIGCONT')
    for (const error of await calls) expect(error.retryable).toBe(true)
    expect(await chain.call(back).acts({})).toEqual(['first'])
    expect(late.filter((what) => existsSync(join(chain.directory, `back began ${what}`)))).toEqual([])
    for (const what of late) expect(await actUntilAnswered(chain, what)).toEqual({ rows: 1 })
    expect((await chain.call(back).acts({})).sort()).toEqual(['first', ...late].sort())
  })
})
