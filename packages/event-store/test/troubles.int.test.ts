import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { defineService, type EventLog, StoreUnavailable } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { NoteWritten, notesService, readers, readersDatabase, readersService, recordingRuntime, run, see, seen, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('a consumer whose work ended with an error is reported as dead, starts again by itself, and has missed nothing', async () => {
  const directory = await temporaryDirectory()
  const log = sqliteEventLog({ file: join(directory, 'log.db') })
  let isDown = false
  const flaky: EventLog = Object.assign(Object.create(log) as EventLog, {
    append: log.append.bind(log),
    identity: log.identity.bind(log),
    sealed: log.sealed.bind(log),
    onAdvance: log.onAdvance.bind(log),
    close: log.close.bind(log),
    capabilities: log.capabilities,
    read: async (query: Parameters<EventLog['read']>[0]) => {
      if (isDown) throw new StoreUnavailable({ store: 'the log', reason: 'the test says so' })
      return log.read(query)
    },
  })
  const { runtime, lines } = recordingRuntime()
  const service = readersService((note, ctx) => see(ctx, 'r', note))
  const system = createSystem({ services: [notesService, service], directory, eventStore: flaky, runtime })
  onTestFinished(() => system.stop())
  await system.start()
  await system.settled()
  isDown = true
  await write(system, ['a', '1'])
  await expect.poll(() => system.readiness().reasons.join()).toMatch(/readers is dead: its work ended with an error/)
  expect(lines.some((line) => /error readers stopped working and starts again in/.test(line))).toBe(true)
  isDown = false
  await expect.poll(() => system.readiness().ready, { timeout: 30_000 }).toBe(true)
  await system.settled()
  expect(await seen(system)).toEqual(['r a 1'])
})

test('a dry run shows, row by row, what a copy would become', async () => {
  const directory = await temporaryDirectory()
  const service = defineService(readers, { database: readersDatabase }).copy(NoteWritten.pick('text'), { into: 'notes' }).implement({})
  const first = await run(directory, [notesService, service])
  await write(first, ['a', '1'], ['b', '1'])
  await first.settled()
  await first.stop()
  // Somebody has removed a row behind our back.
  const database = new DatabaseSync(join(directory, 'readers.db'))
  const table = database
    .prepare("select name from sqlite_schema where type = 'table' and name like 'tidings_copy\\_notes%' escape '\\'")
    .get()?.name
  database.exec(`delete from "${String(table)}" where key = 'a'`)
  database.close()
  const second = await run(directory, [notesService, service])
  await second.settled()
  const rehearsed = await second.consumer('readers').replay({ dryRun: true })
  expect(rehearsed).toEqual({
    events: 2,
    runs: { 'copy notes': 2 },
    differences: { notes: [{ key: 'a', before: null, after: { text: '1' } }] },
  })
  const read = () => second.in('readers', async (ctx) => ctx.copies.notes?.get('a'))
  expect(await read()).toBeUndefined()
  await second.consumer('readers').replay()
  expect(await read()).toEqual({ text: '1' })
})

test('what one handler does to its data reaches neither a copy nor another handler', async () => {
  const service = defineService(readers, { database: readersDatabase })
    .copy(NoteWritten, { into: 'notes' })
    .on(NoteWritten, async (note) => {
      note.text = 'changed'
      note.noteId = 'changed'
    })
    .on(NoteWritten, async (note, ctx) => see(ctx, 'second', note), { name: 'second' })
    .implement({})
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', '1'])
  await system.settled()
  expect(await seen(system)).toEqual(['second a 1'])
  expect(await system.in('readers', async (ctx) => ctx.copies.notes?.get('a'))).toEqual({ noteId: 'a', text: '1' })
})

test('settings that are missing or wrong are all named before anything is opened', async () => {
  const directory = await temporaryDirectory()
  const service = defineService(readers, { settings: z.object({ READERS_LIMIT: z.coerce.number(), READERS_NAME: z.string() }) }).implement(
    {},
  )
  const system = createSystem({
    services: [service],
    directory,
    environment: { READERS_LIMIT: 'many' },
    runtime: recordingRuntime().runtime,
  })
  await expect(system.start()).rejects.toMatchObject({
    code: 'CONTRACT_VIOLATION',
    faults: [{ path: 'readers: READERS_LIMIT' }, { path: 'readers: READERS_NAME' }],
  })
  expect(readdirSync(directory)).toEqual([])
})
