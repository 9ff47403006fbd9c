import { defineContract, defineEvent, defineService, type Service, systemRuntime } from '@tidings/core'
import type { System } from '@tidings/event-store'
import type { SqliteHandle } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { NoteRemoved, NoteWritten, notesService, readers, readersDatabase, recordingRuntime, run, see, seen, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const bare = defineService(readers, { database: readersDatabase })

async function copied(system: System, key: string, copy = 'notes'): Promise<unknown> {
  return system.in('readers', async (ctx) => ctx.copies[copy]?.get(key))
}

async function remove(system: System, noteId: string): Promise<void> {
  await (system.call('notes') as unknown as { remove(note: { noteId: string }): Promise<unknown> }).remove({ noteId })
}

async function tablesOf(system: System): Promise<readonly unknown[]> {
  return system.in('readers', (ctx) =>
    (ctx.db as SqliteHandle).all("select name from sqlite_schema where name like 'tidings_copy\\_notes%' escape '\\'"),
  )
}

test('a copy keeps the picked fields of the newest event per key, and an event can remove a key', async () => {
  const service = bare.copy(NoteWritten.pick('text'), { into: 'notes' }).copy(NoteRemoved, { removeFrom: 'notes' }).implement({})
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', '1'], ['b', '1'], ['a', '2'])
  await system.settled()
  expect(await copied(system, 'a')).toEqual({ text: '2' })
  await remove(system, 'a')
  await system.settled()
  expect(await copied(system, 'a')).toBeUndefined()
  const all = await system.in('readers', async (ctx) =>
    (ctx.copies.notes as unknown as { find(where: object): Promise<unknown[]> }).find({}),
  )
  expect(all).toEqual([{ text: '1' }])
})

test('several events feed one copy, and of each field the newest value stays', async () => {
  const Rated = defineEvent('ratings.note-rated', {
    version: 1,
    schema: z.object({ noteId: z.string(), stars: z.number() }),
    key: (rating) => rating.noteId,
  })
  const ratings = defineService(defineContract('ratings', { events: { Rated } })).implement({})
  const service = bare.copy(NoteWritten.pick('text'), { into: 'notes' }).copy(Rated.pick('stars'), { into: 'notes' }).implement({})
  const system = await run(await temporaryDirectory(), [notesService, ratings as Service, service])
  await write(system, ['a', '1'])
  await system.in('ratings', (ctx) => ctx.publish('Rated', { noteId: 'a', stars: 4 }))
  await system.settled()
  await write(system, ['a', '2'])
  await system.settled()
  expect(await copied(system, 'a')).toEqual({ text: '2', stars: 4 })
})

test('a new copy is built from the beginning of the log before the service is ready', async () => {
  const directory = await temporaryDirectory()
  const first = await run(directory, [notesService, bare.on(NoteWritten, async (note, ctx) => see(ctx, 'r', note)).implement({})])
  await write(first, ['a', '1'], ['b', '1'])
  await first.settled()
  await first.stop()
  const { runtime, lines } = recordingRuntime()
  const service = bare
    .on(NoteWritten, async (note, ctx) => see(ctx, 'r', note))
    .copy(NoteWritten.pick('noteId', 'text'), { into: 'notes' })
    .implement({})
  const second = await run(directory, [notesService, service], runtime)
  await expect.poll(() => second.readiness().ready).toBe(true)
  expect(await copied(second, 'a')).toEqual({ noteId: 'a', text: '1' })
  expect(lines.some((line) => line.includes('built its copy notes from 2 events'))).toBe(true)
  expect(await seen(second)).toEqual(['r a 1', 'r b 1'])
})

test('a copy whose fields changed is built anew, and its old table is gone', async () => {
  const directory = await temporaryDirectory()
  const first = await run(directory, [notesService, bare.copy(NoteWritten.pick('text'), { into: 'notes' }).implement({})])
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  const second = await run(directory, [notesService, bare.copy(NoteWritten.pick('noteId', 'text'), { into: 'notes' }).implement({})])
  await write(second, ['b', '1'])
  await second.settled()
  expect(await copied(second, 'a')).toEqual({ noteId: 'a', text: '1' })
  expect(await copied(second, 'b')).toEqual({ noteId: 'b', text: '1' })
  await expect.poll(() => tablesOf(second)).toHaveLength(1)
})

test('a table that was left over when its process was killed is removed page by page at the next start', async () => {
  const directory = await temporaryDirectory()
  const service = bare.copy(NoteWritten.pick('text'), { into: 'notes' }).implement({})
  const first = await run(directory, [notesService, service])
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  // What a process leaves that is killed right after it has swapped in a new table.
  const ledger = await readersDatabase.open({ service: 'readers', directory, runtime: systemRuntime })
  const rows = Array.from({ length: 2_500 }, (_, i) => ({ key: `note-${i}`, value: { text: 'old' } }))
  await ledger.transaction(async (tx) => {
    await tx.put('copy_notes_0_old', rows)
    await tx.put('copy_leftovers', [{ key: 'copy_notes_0_old', value: { copy: 'notes' } }])
  })
  await ledger.close()
  const second = await run(directory, [notesService, service])
  await expect.poll(() => tablesOf(second)).toHaveLength(1)
  expect(await copied(second, 'a')).toEqual({ text: '1' })
})

test('an older instance stops feeding a copy once newer code serves it, and says why it is not ready', async () => {
  const directory = await temporaryDirectory()
  const old = await run(directory, [notesService, bare.copy(NoteWritten.pick('text'), { into: 'notes' }).implement({})])
  await write(old, ['a', '1'])
  await old.settled()
  const newer = await run(directory, [bare.copy(NoteWritten.pick('noteId', 'text'), { into: 'notes' }).implement({})])
  await expect.poll(() => newer.readiness(), { timeout: 10_000 }).toEqual({ ready: true, reasons: [], notes: [] })
  await write(old, ['b', '1'])
  await expect.poll(() => copied(newer, 'b')).toEqual({ noteId: 'b', text: '1' })
  await expect.poll(() => old.readiness().reasons.join(), { timeout: 10_000 }).toMatch(/served in the definition of another version/)
})

test('a rebuild makes a copy anew beside the old one, which serves until the swap', async () => {
  const service = bare.copy(NoteWritten.pick('text'), { into: 'notes' }).implement({})
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', '1'], ['b', '2'])
  await system.settled()
  await Promise.all([system.consumer('readers').rebuild('notes'), write(system, ['c', '3'])])
  await system.settled()
  expect([await copied(system, 'a'), await copied(system, 'b'), await copied(system, 'c')]).toEqual([
    { text: '1' },
    { text: '2' },
    { text: '3' },
  ])
  // The compiler would not let it pass.
  await expect(system.consumer('readers').rebuild('nothing' as 'notes')).rejects.toMatchObject({
    code: 'DEFINITION_INVALID',
    message: expect.stringContaining('notes'),
  })
})

test('a replay runs copies, and reactions only when named; the checkpoint stays', async () => {
  const service = bare
    .copy(NoteWritten, async (note, { db }) => see({ db }, 'copy', note))
    .on(NoteWritten, async (note, ctx) => see(ctx, ctx.meta.replay ? 'again' : 'first', note))
    .implement({})
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', '1'], ['b', '1'])
  await system.settled()
  const consumer = system.consumer('readers')
  expect(await consumer.replay({ from: 2 })).toMatchObject({ events: 1, runs: { 'copy notes.note-written': 1 } })
  expect(await consumer.replay({ to: 1, reactions: ['notes.note-written'] })).toMatchObject({
    events: 1,
    runs: { 'notes.note-written': 1 },
  })
  await write(system, ['c', '1'])
  await system.settled()
  expect(await seen(system)).toEqual([
    'copy a 1',
    'first a 1',
    'copy b 1',
    'first b 1',
    'copy b 1',
    'copy a 1',
    'again a 1',
    // Brought back to the checkpoint, for the write of an older event may have replaced a newer one.
    'copy b 1',
    'copy c 1',
    'first c 1',
  ])
})

test('a dry run changes nothing and shows what a copy would become', async () => {
  const directory = await temporaryDirectory()
  const service = bare.copy(NoteWritten.pick('text'), { into: 'notes' }).implement({})
  const system = await run(directory, [notesService, service])
  await write(system, ['a', '1'])
  await system.settled()
  await system.stop()
  const broken = await run(directory, [notesService, bare.implement({})])
  await broken.in('readers', async () => {})
  await broken.stop()
  const again = await run(directory, [notesService, service])
  await again.settled()
  const rehearsal = await again.consumer('readers').replay({ dryRun: true })
  expect(rehearsal).toMatchObject({ events: 1, runs: { 'copy notes': 1 }, differences: { notes: [] } })
})

test('a hand-written copy is written again from the beginning by a rebuild', async () => {
  const service = bare.copy(NoteWritten, async (note, { db }) => see({ db }, 'copy', note)).implement({})
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', '1'], ['b', '1'])
  await system.settled()
  await system.consumer('readers').rebuild('copy notes.note-written')
  expect(await seen(system)).toEqual(['copy a 1', 'copy b 1', 'copy a 1', 'copy b 1'])
})

test('events of a service that nobody here runs are copied all the same', async () => {
  const directory = await temporaryDirectory()
  const writer = await run(directory, [notesService])
  await write(writer, ['a', '1'])
  await writer.settled()
  const reader = await run(directory, [bare.copy(NoteWritten.pick('text'), { into: 'notes' }).implement({})])
  await reader.settled()
  expect(await copied(reader, 'a')).toEqual({ text: '1' })
})
