import {
  CommitOutcomeUnknown,
  type Json,
  type Ledger,
  type Runtime,
  StoreUnavailable,
  systemRuntime,
  TransactionConflict,
} from '@tidings/core'
import { type MongodbHandle, type MongodbOptions, mongodbDatabase } from '@tidings/event-store/mongodb'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { clearFailPoint, type FailPoint, setFailPoint } from '../src/faults/fail-point.ts'
import { describeWithMongod, mongodForTest, proxyForTest } from './mongod.ts'
import { NappingClock } from './napping-clock.ts'

const answerTimeoutMs = 10_000

type Options = Partial<MongodbOptions> & { readonly runtime?: Runtime }

async function openLedger(url: string, { runtime = systemRuntime, ...options }: Options = {}): Promise<Ledger<MongodbHandle>> {
  const database = mongodbDatabase({ url, database: 'shelf', answerTimeoutMs, ...options })
  const ledger = await database.open({ service: 'shelf', directory: 'nowhere', runtime })
  onTestFinished(() => ledger.close())
  return ledger
}

async function openClient(url: string): Promise<MongoClient> {
  const client = new MongoClient(url)
  onTestFinished(() => client.close())
  return client.connect()
}

async function count(ledger: Ledger): Promise<Json | undefined> {
  return ledger.read(async (reader) => (await reader.get('counts', ['a']))[0])
}

/** Adds one, and tells how that ended. */
async function addOne(ledger: Ledger): Promise<unknown> {
  return ledger
    .transaction(async (tx) => {
      const [now] = await tx.get('counts', ['a'])
      await tx.put('counts', [{ key: 'a', value: Number(now ?? 0) + 1 }])
    })
    .then(
      () => 'committed',
      (error: unknown) => error,
    )
}

const isCommit = (request: Buffer): boolean => request.includes('commitTransaction')
const isUpdate = (request: Buffer): boolean => request.includes('update') && request.includes('tidings_ledger')
const isDelete = (request: Buffer): boolean => request.includes('delete') && request.includes('tidings_ledger')

describeWithMongod('a commit', () => {
  test.each<[string, FailPoint]>([
    ['a closed connection', { commands: ['commitTransaction'], closeConnection: true, times: 3 }],
    ['a server that shuts down (91)', { commands: ['commitTransaction'], errorCode: 91, times: 3 }],
    ['a primary that stepped down (189)', { commands: ['commitTransaction'], errorCode: 189, times: 3 }],
    ['a server that is primary no more (10107)', { commands: ['commitTransaction'], errorCode: 10107, times: 3 }],
    ['an interrupted shutdown (11600)', { commands: ['commitTransaction'], errorCode: 11600, times: 3 }],
    ['a time limit of the server (50)', { commands: ['commitTransaction'], errorCode: 50, times: 3 }],
    ['a majority that did not answer in time (64)', { commands: ['commitTransaction'], writeConcernErrorCode: 64, times: 3 }],
  ])('that meets %s is asked again, and takes effect once', async (_what, point) => {
    const mongod = await mongodForTest()
    const ledger = await openLedger(mongod.url)
    expect(await addOne(ledger)).toBe('committed')
    await setFailPoint(await openClient(mongod.url), point)
    expect(await addOne(ledger)).toBe('committed')
    expect(await count(ledger)).toBe(2)
  })

  test('whose answer is lost is asked again, and takes effect once', async () => {
    const { url, proxy } = await proxyForTest(await mongodForTest())
    const ledger = await openLedger(url)
    expect(await addOne(ledger)).toBe('committed')
    const lost = proxy.once('lose-answer', isCommit)
    expect(await addOne(ledger)).toBe('committed')
    await lost
    expect(await count(ledger)).toBe(2)
  })

  test('that the server refuses as a conflict was rolled back', async () => {
    const mongod = await mongodForTest()
    const ledger = await openLedger(mongod.url)
    await setFailPoint(await openClient(mongod.url), {
      commands: ['commitTransaction'],
      errorCode: 251,
      errorLabels: ['TransientTransactionError'],
    })
    expect(await addOne(ledger)).toBeInstanceOf(TransactionConflict)
    expect(await count(ledger)).toBeUndefined()
  })

  test('that never gets an answer is of unknown outcome, and what it left open is in nobody’s way', async () => {
    const mongod = await mongodForTest()
    const ledger = await openLedger(mongod.url, { answerTimeoutMs: 2_000 })
    const client = await openClient(mongod.url)
    await setFailPoint(client, { commands: ['commitTransaction'], errorCode: 91, times: 'alwaysOn' })
    expect(await addOne(ledger)).toBeInstanceOf(CommitOutcomeUnknown)
    await clearFailPoint(client)
    await expect.poll(() => addOne(ledger)).toBe('committed')
    expect(await count(ledger)).toBe(1)
  })

  test('whose server is killed before it answers is never told as rolled back', async () => {
    const mongod = await mongodForTest()
    const { url, proxy } = await proxyForTest(mongod)
    const ledger = await openLedger(url)
    const another = await openLedger(mongod.url)
    const withheld = proxy.once('withhold-answer', isCommit)
    const adding = addOne(ledger)
    await withheld
    expect(await count(another)).toBe(1)
    await mongod.kill()
    await mongod.start()
    const outcome = await adding
    // A server that remembers says that it was committed; one that has forgotten cannot tell.
    if (outcome !== 'committed') expect(outcome).toBeInstanceOf(CommitOutcomeUnknown)
    expect(await count(another)).toBe(1)
  })
})

describeWithMongod('a transaction', () => {
  test('that is told of a conflict at a write was rolled back', async () => {
    const mongod = await mongodForTest()
    const ledger = await openLedger(mongod.url)
    await setFailPoint(await openClient(mongod.url), { commands: ['update'], errorCode: 112, errorLabels: ['TransientTransactionError'] })
    expect(await addOne(ledger)).toBeInstanceOf(TransactionConflict)
    expect(await addOne(ledger)).toBe('committed')
  })

  test('whose write gets no answer fails in time, and leaves nothing in the way of the next', async () => {
    const { url, proxy } = await proxyForTest(await mongodForTest())
    const ledger = await openLedger(url, { answerTimeoutMs: 500 })
    expect(await addOne(ledger)).toBe('committed')
    const withheld = proxy.once('withhold-answer', isUpdate)
    expect(await addOne(ledger)).toBeInstanceOf(StoreUnavailable)
    await withheld
    await expect.poll(() => addOne(ledger)).toBe('committed')
    expect(await count(ledger)).toBe(2)
  })

  test('that gave up on a statement of several commands sends none of them after its end', async () => {
    const { url, proxy } = await proxyForTest(await mongodForTest())
    const clock = new NappingClock()
    let deletes = 0
    const ledger = await openLedger(url, {
      runtime: { ...systemRuntime, clock },
      onCommand: ({ commandName }) => {
        if (commandName === 'delete') deletes++
      },
    })
    // More than one command removes.
    const keys = Array.from({ length: 10_001 }, (_, i) => `key-${i}`)
    await ledger.transaction((tx) =>
      tx.put(
        'lines',
        keys.map((key) => ({ key, value: 1 })),
      ),
    )
    const answered = proxy.once({ answerDelayMs: 1_000 }, isDelete)
    const removed = ledger.transaction((tx) => tx.remove('lines', keys))
    await expect.poll(() => deletes).toBe(1)
    clock.wake((ms) => ms === 3 * answerTimeoutMs)
    await expect(removed).rejects.toThrow(StoreUnavailable)
    await answered
    expect(await addOne(ledger)).toBe('committed')
    const left = await ledger.read((reader) => reader.get('lines', keys))
    expect(left.filter((value) => value === undefined)).toEqual([])
    expect(deletes).toBe(1)
  })

  test('fails in time while the server is frozen, and works again once it goes on', async () => {
    const mongod = await mongodForTest()
    const ledger = await openLedger(mongod.url, { answerTimeoutMs: 500 })
    expect(await addOne(ledger)).toBe('committed')
    await mongod.freeze()
    expect(await addOne(ledger)).toBeInstanceOf(StoreUnavailable)
    await expect(count(ledger)).rejects.toThrow(StoreUnavailable)
    await expect(ledger.now()).rejects.toThrow(StoreUnavailable)
    mongod.thaw()
    await expect.poll(() => addOne(ledger)).toBe('committed')
    expect(await count(ledger)).toBe(2)
  })
})
