import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { type Runtime, systemRuntime } from '@tidings/core'
import { type SqliteHandle, sqlite, sqliteEventLog } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { deskService, lettersService, readLetters } from './letters.ts'
import { recordingRuntime, run } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** The files that a release wrote (`write-fixture.ts`), in a folder of the test's own. */
async function storedFiles(format: string): Promise<string> {
  const directory = await temporaryDirectory()
  await cp(fileURLToPath(new URL(`./fixtures/${format}`, import.meta.url)), directory, { recursive: true })
  return directory
}

/** A clock that goes on from when the files were written, so that answers kept for a day are there. */
function runtimeOf(directory: string): Runtime {
  const letters = new DatabaseSync(join(directory, 'letters.db'), { readOnly: true })
  const row = letters.prepare("select max(value ->> 'stagedAt') as written from tidings_outbox").get()
  letters.close()
  const started = systemRuntime.clock.monotonic()
  const now = (): number => Number(row?.written) + 1_000 + systemRuntime.clock.monotonic() - started
  return { ...recordingRuntime().runtime, clock: { ...systemRuntime.clock, now } }
}

/** The position, key and data of every event in the log. */
async function eventsIn(directory: string): Promise<string[]> {
  const log = sqliteEventLog({ file: join(directory, 'log.db') })
  onTestFinished(() => log.close())
  const { events } = await log.read({ after: 0, limit: 100 })
  return events.map(({ position, key, data }) => `${position} ${key} ${JSON.parse(data).text}`)
}

test('files of format 1 are read and worked on: missed, staged, parked and held events, the copy, the answers', async () => {
  const directory = await storedFiles('format-1')
  expect(await eventsIn(directory)).toEqual(['1 ann first', '2 bob illegible', '3 bob held', '4 ann second', '5 zoé 😀 missed'])

  const system = await run(directory, [lettersService, deskService()], runtimeOf(directory))
  await expect.poll(() => eventsIn(directory)).toHaveLength(6)
  await system.settled()
  const read = (): Promise<string[]> => system.in('desk', ({ db }) => readLetters(db as SqliteHandle))
  expect(await read()).toEqual(['ann first', 'ann second', 'zoé 😀 missed', 'ann staged'])

  const parked = await system.consumer('desk').parked()
  expect(parked.map(({ state, event, error }) => [state, event.position, error?.message])).toEqual([
    ['parked', 2, 'unreadable'],
    ['held', 3, undefined],
  ])
  expect(await system.consumer('desk').redrive()).toEqual({ handled: 2, discarded: 0, failed: 0 })
  expect((await read()).slice(4)).toEqual(['bob illegible', 'bob held'])

  const log = new DatabaseSync(join(directory, 'log.db'), { readOnly: true })
  const letterOf = (position: number): unknown =>
    log.prepare("select data ->> 'letterId' as id from events where position = ?").get(position)?.id
  for (const [key, text, position] of [
    ['order-1', 'first', 1],
    ['order-2', 'staged', 6],
  ] as const) {
    expect(await system.call('letters').send({ to: 'ann', text }, { idempotencyKey: key })).toEqual({ letterId: letterOf(position) })
  }
  for (const [to, position] of [
    ['ann', 6],
    ['bob', 3],
    ['zoé 😀', 5],
  ] as const) {
    expect(await system.in('desk', async (ctx) => ctx.copies.newest?.get(to))).toEqual({ letterId: letterOf(position), to })
  }
  log.close()
  expect(await eventsIn(directory)).toHaveLength(6)
})

test('rows of format 1 are read through the ledger as they were put', async () => {
  const directory = await storedFiles('format-1')
  const ledger = await sqlite().open({ service: 'desk', directory, runtime: systemRuntime })
  onTestFinished(() => ledger.close())
  await ledger.read(async (reader) => {
    expect(await reader.get('meta', ['owner', 'nobody'])).toEqual([{ format: 1, service: 'desk', logId: expect.any(String) }, undefined])
    expect(await reader.scan('parked', { limit: 10, where: { 'event.key': 'bob', state: 'held' } })).toHaveLength(1)
  })
})

test('a ledger of a newer format is refused, with both numbers, and left as it is', async () => {
  const directory = await storedFiles('format-1')
  const database = new DatabaseSync(join(directory, 'desk.db'))
  onTestFinished(() => database.close())
  database.exec("update tidings_meta set value = json_set(value, '$.format', 2) where key = 'owner'")
  const version = (): unknown => database.prepare('pragma data_version').get()
  const before = version()
  await expect(run(directory, [lettersService, deskService()], runtimeOf(directory))).rejects.toMatchObject({
    code: 'STORE_FORMAT_UNKNOWN',
    found: 2,
    known: 1,
  })
  expect(version()).toEqual(before)
})

test('a log of a newer format is refused, with both numbers', async () => {
  const directory = await storedFiles('format-1')
  const database = new DatabaseSync(join(directory, 'log.db'))
  database.exec('update tidings_log set format = 2')
  database.close()
  await expect(run(directory, [lettersService, deskService()], runtimeOf(directory))).rejects.toMatchObject({
    code: 'STORE_FORMAT_UNKNOWN',
    found: 2,
    known: 1,
  })
})
