import { defineService } from '@tidings/core'
import { StartPositionUnclear } from '@tidings/event-store'
import { expect, test } from 'vitest'
import { NoteRemoved, NoteWritten, notesService, readers, readersDatabase, recordingRuntime, run, see, seen, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const options = { database: readersDatabase }
const bare = defineService(readers, options)
const reacting = bare.on(NoteWritten, async (note, ctx) => see(ctx, 'r', note)).implement({})

test('a new reaction to events that are in the log already refuses to start without from, and changes nothing', async () => {
  const directory = await temporaryDirectory()
  const first = await run(directory, [notesService])
  await write(first, ['a', '1'], ['b', '1'], ['c', '1'])
  await first.stop()
  const refused = run(directory, [notesService, reacting])
  await expect(refused).rejects.toBeInstanceOf(StartPositionUnclear)
  await expect(refused).rejects.toMatchObject({
    code: 'START_POSITION_UNCLEAR',
    events: 3,
    message: expect.stringMatching(/3 such events.*'beginning'.*'now'/),
  })
  const fromNow = bare.on(NoteWritten, async (note, ctx) => see(ctx, 'r', note), { from: 'now' }).implement({})
  const second = await run(directory, [notesService, fromNow])
  await write(second, ['d', '1'])
  await second.settled()
  expect(await seen(second)).toEqual(['r d 1'])
})

test('a reaction that is new to a consumer handles its type from the beginning before the lane moves on', async () => {
  const directory = await temporaryDirectory()
  const first = await run(directory, [notesService, reacting])
  await write(first, ['a', '1'], ['b', '1'])
  await first.settled()
  await first.stop()
  const both = bare
    .on(NoteWritten, async (note, ctx) => see(ctx, 'r', note))
    .on(NoteWritten, async (note, ctx) => see(ctx, 'audit', note), { from: 'beginning', name: 'audit' })
    .implement({})
  const second = await run(directory, [notesService, both])
  await write(second, ['c', '1'])
  await second.settled()
  expect(await seen(second)).toEqual(['r a 1', 'r b 1', 'audit a 1', 'audit b 1', 'r c 1', 'audit c 1'])
})

test('a type that left and came back is caught up from where its handling had stopped', async () => {
  const directory = await temporaryDirectory()
  const removing = bare
    .on(NoteWritten, async (note, ctx) => see(ctx, 'r', note))
    .on(NoteRemoved, async (note, ctx) => see(ctx, 'x', { ...note, text: '-' }))
    .implement({})
  const first = await run(directory, [notesService, removing])
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  const { runtime, lines } = recordingRuntime()
  const onlyRemovals = bare.on(NoteRemoved, async (note, ctx) => see(ctx, 'x', { ...note, text: '-' })).implement({})
  const rolledBack = await run(directory, [notesService, onlyRemovals], runtime)
  await write(rolledBack, ['b', '1'])
  await rolledBack.settled()
  expect(lines.some((line) => line.includes('has no handler "notes.note-written" any more'))).toBe(true)
  await rolledBack.stop()
  const back = await run(directory, [notesService, removing])
  await write(back, ['c', '1'])
  await back.settled()
  expect(await seen(back)).toEqual(['r a 1', 'r b 1', 'r c 1'])
})

test('a retired handler is forgotten, so that its name may mean something new', async () => {
  const directory = await temporaryDirectory()
  const first = await run(directory, [notesService, reacting])
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  const retiring = defineService(readers, { ...options, consumer: { retire: ['notes.note-written'] } })
    .on(NoteRemoved, async () => {})
    .implement({})
  const second = await run(directory, [notesService, retiring])
  await second.settled()
  await second.stop()
  await expect(run(directory, [notesService, reacting])).rejects.toMatchObject({ code: 'START_POSITION_UNCLEAR' })
})

test('a renamed consumer takes over the checkpoint and the parked events of its former name', async () => {
  const directory = await temporaryDirectory()
  const named = (name: string, formerly?: string) =>
    defineService(readers, { ...options, consumer: { name, ...(formerly === undefined ? {} : { formerly }), retry: { attempts: 1 } } })
      .on(NoteWritten, async (note, ctx) => {
        if (note.text === 'bad') throw new Error('no')
        await see(ctx, name, note)
      })
      .implement({})
  const first = await run(directory, [notesService, named('old')])
  await write(first, ['a', '1'], ['b', 'bad'])
  await first.settled()
  await first.stop()
  const second = await run(directory, [notesService, named('new', 'old')])
  await write(second, ['a', '2'], ['b', '2'])
  await second.settled()
  expect(await seen(second)).toEqual(['old a 1', 'new a 2'])
  expect((await second.consumer('readers').parked()).map(({ state }) => state)).toEqual(['parked', 'held'])
})

test('a new reaction that comes to a parked event waits with what the event has missed so far, and a redrive runs each once', async () => {
  const directory = await temporaryDirectory()
  let isMended = false
  const failing = defineService(readers, { ...options, consumer: { retry: { attempts: 1 } } }).on(NoteWritten, async (note, ctx) => {
    if (note.text === 'bad' && !isMended) throw new Error('no')
    await see(ctx, 'r', note)
  })
  const first = await run(directory, [notesService, failing.implement({})])
  await write(first, ['a', 'bad'], ['b', '1'])
  await first.settled()
  await first.stop()
  const both = failing.on(NoteWritten, async (note, ctx) => see(ctx, 'audit', note), { from: 'beginning', name: 'audit' }).implement({})
  const second = await run(directory, [notesService, both])
  await second.settled()
  expect(await seen(second)).toEqual(['r b 1', 'audit b 1'])
  isMended = true
  expect(await second.consumer('readers').redrive()).toEqual({ handled: 1, discarded: 0, failed: 0 })
  expect(await seen(second)).toEqual(['r b 1', 'audit b 1', 'r a bad', 'audit a bad'])
})
