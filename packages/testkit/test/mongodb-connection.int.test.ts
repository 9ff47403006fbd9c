import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AppendOutcomeUnknown, type Ledger, type Logger, StoreUnavailable, systemRuntime } from '@tidings/core'
import { type MongodbOptions, mongodbDatabase } from '@tidings/event-store/mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { anEvent } from '../src/conformance/log/an-event.ts'
import { describeWithMongod, mongodForTest, proxyForTest } from './mongod.ts'
import { contentsOf, idsOf, newLogUrl, openMongodbLog } from './open-mongodb-log.ts'

/** A service's database on a server, closed when the test has finished, and what it reports meanwhile. */
function openDatabase(url: string, options: Partial<MongodbOptions> = {}): { readonly ledger: Promise<Ledger>; readonly lines: string[] } {
  const lines: string[] = []
  const note = (message: string): void => void lines.push(message)
  const logger: Logger = { info: note, warn: note, error: note }
  const ledger = mongodbDatabase({ url, database: 'shop', ...options }).open({
    service: 'shop',
    directory: '',
    runtime: { ...systemRuntime, logger },
  })
  onTestFinished(async () => (await ledger.catch(() => undefined))?.close())
  return { ledger, lines }
}

const write = (ledger: Ledger, text = 'lamp'): Promise<void> => ledger.transaction((tx) => tx.put('lamps', [{ key: 'a', value: text }]))

const run = (...args: readonly string[]): Promise<{ readonly stdout: string }> =>
  promisify(execFile)(process.execPath, ['--conditions=source', fileURLToPath(new URL('mongodb-process.ts', import.meta.url)), ...args])

describeWithMongod('a database on a server of its own', () => {
  test('is opened once the server is there, after saying what is waited for', async () => {
    const mongod = await mongodForTest({ started: false })
    const { ledger, lines } = openDatabase(mongod.url)
    await expect.poll(() => lines).not.toEqual([])
    expect(lines[0]).toMatch(/127\.0\.0\.1:\d+\/shop is not there yet: .*ECONNREFUSED/)
    await mongod.start()
    await write(await ledger)
  })

  test('works at the next call after the server was killed and started again', async () => {
    const mongod = await mongodForTest()
    const ledger = await openDatabase(mongod.url).ledger
    await write(ledger)
    await mongod.kill()
    await mongod.start()
    await write(ledger)
  })

  test('is unavailable while the server is frozen, also for a write that fills every buffer, and works afterwards', async () => {
    const mongod = await mongodForTest()
    const ledger = await openDatabase(mongod.url, { answerTimeoutMs: 500 }).ledger
    await write(ledger)
    await mongod.freeze()
    await expect(write(ledger, 'x'.repeat(14_000_000))).rejects.toThrow(StoreUnavailable)
    await expect(write(ledger)).rejects.toThrow(StoreUnavailable)
    mongod.thaw()
    await expect
      .poll(() =>
        write(ledger).then(
          () => 'written',
          () => 'not yet',
        ),
      )
      .toBe('written')
  })

  test('is unavailable while the way to the server is half open, and works once it is not', async () => {
    const { proxy, url } = await proxyForTest(await mongodForTest())
    const ledger = await openDatabase(url, { answerTimeoutMs: 500 }).ledger
    await write(ledger)
    proxy.halfOpen()
    await expect(write(ledger)).rejects.toThrow(StoreUnavailable)
    proxy.heal()
    await expect
      .poll(() =>
        write(ledger).then(
          () => 'written',
          () => 'not yet',
        ),
      )
      .toBe('written')
  })

  test('leaves nothing open when it is closed, or could not be opened: its process ends by itself', async () => {
    const mongod = await mongodForTest()
    await run(`mongodb://127.0.0.1:${mongod.port}/shop`)
    await mongod.kill()
    expect((await run(`mongodb://127.0.0.1:${mongod.port}/shop`, 'away')).stdout).toBe('STORE_UNAVAILABLE\n')
  })
})

describeWithMongod('an event log on a server of its own', () => {
  test('works once the server is there, also where its first connection failed for good', async () => {
    const mongod = await mongodForTest({ started: false })
    const log = openMongodbLog(newLogUrl(mongod.url), { waitMs: 100 })
    await expect(log.identity()).rejects.toThrow(StoreUnavailable)
    await expect(log.append([anEvent()])).rejects.toThrow(StoreUnavailable)
    await mongod.start()
    expect(await log.append([anEvent()])).toHaveLength(1)
  })

  test('on a way that is half open from the beginning gives up at the limit', async () => {
    const { proxy, url } = await proxyForTest(await mongodForTest())
    proxy.halfOpen()
    await expect(openMongodbLog(newLogUrl(url), { waitMs: 300 }).identity()).rejects.toThrow(StoreUnavailable)
  })

  test('leaves unknown what fills every buffer of a frozen server, and has it once when it comes again', async () => {
    const mongod = await mongodForTest()
    const log = openMongodbLog(newLogUrl(mongod.url), { appendTimeoutMs: 1_000 })
    await log.append([anEvent()])
    const events = Array.from({ length: 12 }, () => anEvent({ data: JSON.stringify('x'.repeat(900_000)) }))
    await mongod.freeze()
    const error: unknown = await log.append(events).catch((thrown: unknown) => thrown)
    expect([AppendOutcomeUnknown, StoreUnavailable].some((kind) => error instanceof kind)).toBe(true)
    mongod.thaw()
    await expect
      .poll(() =>
        log.append(events).then(
          ({ length }) => length,
          () => 'not yet',
        ),
      )
      .toBe(12)
    // Positions that a repetition gave up are closed by the readers, in their time.
    await expect.poll(async () => idsOf(await contentsOf(log)).slice(1)).toEqual(idsOf(events))
  })
})
