import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { systemRuntime } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { openLedger, putOne, rowsOf } from './open-ledger.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A process that counts, and what it says it has counted. */
interface Counter {
  readonly child: ChildProcess
  readonly counted: () => number
}

function startCounting(directory: string, name: string, ...times: string[]): Counter {
  const script = fileURLToPath(new URL('./counting-process.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', script, directory, name, ...times],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  return { child, counted: () => Number(said.trimEnd().split('\n').at(-1)) }
}

async function countIn(directory: string, key: string): Promise<number> {
  const ledger = await openLedger(directory)
  const [value] = await ledger.read((reader) => reader.get('counts', [key]))
  await ledger.close()
  return Number(value ?? 0)
}

test('of what several processes count at once nothing is lost', async () => {
  const directory = await temporaryDirectory()
  const counters = ['a', 'b', 'c', 'd'].map((name) => startCounting(directory, name, '100'))
  for (const [code] of await Promise.all(counters.map(({ child }) => once(child, 'exit')))) expect(code).toBe(0)
  expect(await countIn(directory, 'all')).toBe(400)
})

test('whenever a process is killed, each of its transactions is there as a whole or not at all, and those it was told of are there', async () => {
  const directory = await temporaryDirectory()
  let sum = 0
  for (let round = 0; round < 4; round++) {
    const counters = ['a', 'b', 'c'].map((name) => startCounting(directory, `${name}${round}`))
    // Each is killed in full flight, at another point of it.
    await expect
      .poll(() => Math.min(...counters.map(({ counted }) => counted())), { timeout: 30_000, interval: 1 })
      .toBeGreaterThan(10 * round)
    // Closed, not only gone: what it said last has then been read.
    const closed = counters.map(({ child }) => once(child, 'close'))
    for (const { child } of counters) child.kill('SIGKILL')
    await Promise.all(closed)
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      const own = await countIn(directory, `${name}${round}`)
      const told = counters[i]?.counted() ?? 0
      expect([told, told + 1]).toContain(own)
      sum += own
    }
    expect(await countIn(directory, 'all')).toBe(sum)
  }
})

test('a commit that the database refuses rolls back, is told apart by its constraint, and the next one works', async () => {
  const directory = await temporaryDirectory()
  const ledger = await openLedger(directory, {
    migrations: ['create table a (id integer primary key); create table b (a integer references a deferrable initially deferred)'],
  })
  await ledger.prepare?.()
  const orphan = ledger.transaction(async (tx) => {
    await tx.put('rows', [{ key: 'a', value: 'lost' }])
    await tx.db.run('insert into b values (7)')
  })
  await expect(orphan).rejects.toMatchObject({ code: 'STATEMENT_FAILED', constraint: 'foreign key', retryable: false })
  expect(await rowsOf(ledger)).toEqual([])
  await putOne(ledger, 'b', 'kept')
  expect(await rowsOf(ledger)).toEqual(['b=kept'])
})

test('a statement that ends the transaction by itself fails all of it, also where its error is not looked at', async () => {
  const directory = await temporaryDirectory()
  const ledger = await openLedger(directory, { migrations: ['create table a (id integer primary key)'] })
  await ledger.prepare?.()
  const transaction = ledger.transaction(async (tx) => {
    await tx.put('rows', [{ key: 'before', value: 'lost' }])
    await tx.db.run('insert into a values (1)')
    await expect(tx.db.run('insert or rollback into a values (1)')).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      constraint: 'unique',
    })
    await expect(tx.put('rows', [{ key: 'after', value: 'lost' }])).rejects.toMatchObject({ code: expect.any(String) })
  })
  await expect(transaction).rejects.toMatchObject({ code: expect.stringMatching(/^(STATEMENT_FAILED|STORE_UNAVAILABLE)$/) })
  expect(await rowsOf(ledger)).toEqual([])
  await putOne(ledger, 'next', 'kept')
  expect(await rowsOf(ledger)).toEqual(['next=kept'])
})

test('a ledger that is abandoned lets go of the lock at once and rolls back, as the end of its process would', async () => {
  const directory = await temporaryDirectory()
  const abandoned = await sqlite().open({ service: 'shelf', directory, runtime: systemRuntime })
  const other = await openLedger(directory, { lockTimeoutMs: 60_000 })
  const inside = Promise.withResolvers<void>()
  const never = Promise.withResolvers<void>()
  const transaction = abandoned.transaction(async (tx) => {
    await tx.put('rows', [{ key: 'open', value: 'lost' }])
    inside.resolve()
    await never.promise
    await tx.put('rows', [{ key: 'later', value: 'lost' }])
  })
  await inside.promise
  const waiting = abandoned.transaction((tx) => tx.put('rows', [{ key: 'queued', value: 'lost' }]))
  const refused = [
    expect(transaction).rejects.toMatchObject({ code: 'STORE_CLOSED' }),
    expect(waiting).rejects.toMatchObject({ code: 'STORE_CLOSED' }),
  ]
  if (!('abandon' in abandoned && typeof abandoned.abandon === 'function')) throw new Error('the ledger cannot be abandoned')
  abandoned.abandon()
  await putOne(other, 'next', 'kept')
  never.resolve()
  await Promise.all(refused)
  await expect(abandoned.transaction(async () => {})).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  expect(await rowsOf(other)).toEqual(['next=kept'])
})
