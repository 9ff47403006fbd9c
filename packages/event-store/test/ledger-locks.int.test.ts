import { expect, test } from 'vitest'
import { openLedger, putOne, rowsOf } from './open-ledger.ts'
import { letCommit, startLedgerProcess } from './start-ledger-process.ts'
import { kill } from './start-reader-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Counts turns of the event loop until the promise settles. */
async function turnsUntil(settled: Promise<unknown>): Promise<number> {
  let turns = 0
  let going = true
  const stop = (): void => {
    going = false
  }
  settled.then(stop, stop)
  while (going) {
    await new Promise<void>((resolve) => setImmediate(resolve))
    turns++
  }
  return turns
}

test('a transaction waits for the process that holds the lock, and the event loop goes on turning meanwhile', async () => {
  const directory = await temporaryDirectory()
  const child = await startLedgerProcess(directory)
  const ledger = await openLedger(directory, { lockTimeoutMs: 60_000 })
  const write = putOne(ledger, 'waited', 'here')
  const turns = turnsUntil(write)
  // The write is under way all this time: a wait inside SQLite would have stopped the first of these turns.
  for (let i = 0; i < 2_000; i++) await new Promise<void>((resolve) => setImmediate(resolve))
  expect(await rowsOf(ledger)).toEqual([])
  await letCommit(child)
  await write
  expect(await turns).toBeGreaterThan(2_000)
  expect(await rowsOf(ledger)).toEqual(['unfinished=written', 'waited=here'])
})

test('what a killed process had written inside a transaction is gone, and its lock with it', async () => {
  const directory = await temporaryDirectory()
  const child = await startLedgerProcess(directory)
  const ledger = await openLedger(directory, { lockTimeoutMs: 60_000 })
  const write = putOne(ledger, 'after', 'here')
  await kill(child)
  await write
  expect(await rowsOf(ledger)).toEqual(['after=here'])
})

test('a process that was stopped inside a write holds the others up until it goes on', async () => {
  const directory = await temporaryDirectory()
  const child = await startLedgerProcess(directory)
  child.kill('SIGSTOP')
  const ledger = await openLedger(directory, { lockTimeoutMs: 0 })
  await expect(putOne(ledger, 'early', 'here')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  child.kill('SIGCONT')
  await letCommit(child)
  await putOne(ledger, 'late', 'here')
  expect(await rowsOf(ledger)).toEqual(['late=here', 'unfinished=written'])
})

test('of many who wait for a lock none waits longer than the time allowed, all fail in the same way, and later ones succeed', async () => {
  const directory = await temporaryDirectory()
  const child = await startLedgerProcess(directory)
  const ledger = await openLedger(directory, { lockTimeoutMs: 50 })
  const writes = Array.from({ length: 64 }, (_, i) => putOne(ledger, `early ${i}`, 'here'))
  const outcomes = await Promise.allSettled(writes)
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('lock') } })
  }
  await letCommit(child)
  await putOne(ledger, 'late', 'here')
  expect(await rowsOf(ledger)).toEqual(['late=here', 'unfinished=written'])
})

test('who stops waiting for a lock leaves its place to the next', async () => {
  const directory = await temporaryDirectory()
  const child = await startLedgerProcess(directory)
  const ledger = await openLedger(directory, { lockTimeoutMs: 60_000 })
  const abort = new AbortController()
  const reason = new Error('no longer wanted')
  const first = ledger.transaction((tx) => tx.put('rows', [{ key: 'given up', value: 'here' }]), abort.signal)
  const second = putOne(ledger, 'next', 'here')
  abort.abort(reason)
  await expect(first).rejects.toBe(reason)
  await letCommit(child)
  await second
  expect(await rowsOf(ledger)).toEqual(['next=here', 'unfinished=written'])
})

test('reads wait for no writer, of this process or another, and see nothing that is not committed', async () => {
  const directory = await temporaryDirectory()
  const child = await startLedgerProcess(directory)
  const ledger = await openLedger(directory, { lockTimeoutMs: 60_000 })
  expect(await rowsOf(ledger)).toEqual([])
  await letCommit(child)
  await ledger.transaction(async (tx) => {
    await tx.put('rows', [{ key: 'mine', value: 'open' }])
    const reads = await Promise.all(Array.from({ length: 10 }, () => rowsOf(ledger)))
    expect(new Set(reads.flat())).toEqual(new Set(['unfinished=written']))
  })
  expect(await rowsOf(ledger)).toEqual(['mine=open', 'unfinished=written'])
})
