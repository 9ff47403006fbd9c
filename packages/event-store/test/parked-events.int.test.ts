import { TerminalError } from '@tidings/event-store'
import { expect, test } from 'vitest'
import { notesService, readersService, recordingRuntime, run, see, seen, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('a failing event is tried again and then parked, later events of its key are held behind it, and other keys go on', async () => {
  let attempts = 0
  const service = readersService(async (note, ctx) => {
    await see(ctx, 'r', note)
    if (note.text === 'bad') {
      attempts++
      throw new Error('no')
    }
  })
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', '1'], ['a', 'bad'], ['a', '3'], ['b', '1'], ['a', '4'])
  await system.settled()
  expect(await seen(system)).toEqual(['r a 1', 'r b 1'])
  // Once in the batch that failed, then alone.
  expect(attempts).toBe(3)
  const parked = await system.consumer('readers').parked()
  expect(parked.map(({ state, event, attempts: tried, error }) => [state, event.position, tried, error?.message])).toEqual([
    ['parked', 2, 3, 'no'],
    ['held', 3, 0, undefined],
    ['held', 5, 0, undefined],
  ])
})

test('a redrive runs the parked and held events of a key in order, and the key is free again', async () => {
  let isMended = false
  const service = readersService(async (note, ctx) => {
    if (note.text === 'bad' && !isMended) throw new Error('no')
    await see(ctx, 'r', note)
  })
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', 'bad'], ['a', '2'], ['b', 'bad'], ['b', '2'])
  await system.settled()
  const consumer = system.consumer('readers')
  expect(await consumer.redrive({ key: 'a' })).toEqual({ handled: 0, discarded: 0, failed: 1 })
  expect((await consumer.parked()).map(({ state, attempts }) => [state, attempts])).toEqual([
    ['parked', 4],
    ['held', 0],
    ['parked', 3],
    ['held', 0],
  ])
  isMended = true
  expect(await consumer.redrive({ key: 'a' })).toEqual({ handled: 2, discarded: 0, failed: 0 })
  expect(await consumer.redrive()).toEqual({ handled: 2, discarded: 0, failed: 0 })
  expect(await consumer.parked()).toEqual([])
  await write(system, ['a', '3'])
  await system.settled()
  expect(await seen(system)).toEqual(['r a bad', 'r a 2', 'r b bad', 'r b 2', 'r a 3'])
})

test('a discard needs a reason, keeps the event with it, and runs what was held behind', async () => {
  const service = readersService(async (note, ctx) => {
    if (note.text === 'bad') throw new Error('no')
    await see(ctx, 'r', note)
  })
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', 'bad'], ['a', '2'])
  await system.settled()
  const consumer = system.consumer('readers')
  await expect(consumer.discard({ key: 'a' }, { reason: ' ' })).rejects.toThrow(/needs a reason/)
  expect(await consumer.discard({ key: 'a' }, { reason: 'written by mistake' })).toEqual({ handled: 1, discarded: 1, failed: 0 })
  expect(await seen(system)).toEqual(['r a 2'])
})

test('an event that is not parked is neither redriven nor given up in silence, and one that is held is told apart', async () => {
  let runs = 0
  const service = readersService(async (note) => {
    runs++
    if (note.text === 'bad') throw new Error('no')
  })
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', 'bad'], ['a', '2'])
  await system.settled()
  const consumer = system.consumer('readers')
  const before = await consumer.parked()
  const eventId = '0197b0e2-0000-7000-8000-000000000000'
  const unknown = { code: 'EVENT_NOT_PARKED', eventId, message: expect.stringMatching(/never was, or it was settled already/) }
  await expect(consumer.redrive({ eventId })).rejects.toMatchObject(unknown)
  await expect(consumer.discard({ eventId }, { reason: 'test' })).rejects.toMatchObject(unknown)
  runs = 0
  await expect(consumer.discard({ eventId: before[1]?.event.id ?? '' }, { reason: 'test' })).rejects.toMatchObject({
    code: 'EVENT_NOT_PARKED',
    message: expect.stringMatching(/not parked in readers but held behind/),
  })
  expect(runs).toBe(0)
  expect(await consumer.parked()).toEqual(before)
  // A filter that means none is no fault: there may be nothing to do.
  expect(await consumer.redrive({ type: 'notes.note-removed' })).toEqual({ handled: 0, discarded: 0, failed: 0 })
})

test('an error that says it is terminal parks the event without another attempt', async () => {
  const { runtime, lines } = recordingRuntime()
  const service = readersService(async (note) => {
    if (note.text === 'bad') throw new TerminalError('never')
  })
  const system = await run(await temporaryDirectory(), [notesService, service], runtime)
  await write(system, ['a', 'bad'])
  await system.settled()
  expect((await system.consumer('readers').parked()).map(({ attempts }) => attempts)).toEqual([1])
  expect(lines.filter((line) => line.includes('parked'))).toHaveLength(1)
})

test('a handler that throws null, or never settles, parks the event and harms nobody else', async () => {
  const service = readersService(
    async (note, ctx) => {
      if (note.text === 'null') throw null
      if (note.text === 'never') await new Promise(() => {})
      await see(ctx, 'r', note)
    },
    { handlerTimeoutMs: 50, retry: { attempts: 2, baseMs: 1, maxMs: 2 } },
  )
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', 'null'], ['b', 'never'], ['c', 'fine'])
  await system.settled({ timeoutMs: 20_000 })
  expect((await system.consumer('readers').parked()).map(({ error }) => error?.code)).toEqual(['NOT_AN_ERROR', 'HANDLER_TIMED_OUT'])
  expect(await seen(system)).toEqual(['r c fine'])
})

test('attempts are counted across a restart', async () => {
  const directory = await temporaryDirectory()
  let attempts = 0
  const consumer = { retry: { attempts: 4, baseMs: 20_000, maxMs: 20_000 } }
  const failing = readersService(async () => {
    attempts++
    throw new Error('no')
  }, consumer)
  const { runtime } = recordingRuntime()
  const impatient = { ...runtime, random: { ...runtime.random, next: () => 0.999 } }
  const first = await run(directory, [notesService, failing], impatient)
  await write(first, ['a', 'bad'])
  await expect.poll(() => attempts).toBe(1)
  await first.stop()
  attempts = 0
  const second = await run(directory, [
    notesService,
    readersService(
      async () => {
        attempts++
        throw new Error('no')
      },
      { retry: { attempts: 4, baseMs: 1, maxMs: 2 } },
    ),
  ])
  await second.settled()
  expect((await second.consumer('readers').parked()).map((parked) => parked.attempts)).toEqual([4])
  // The first run had one of the four.
  expect(attempts).toBe(3)
})
