import { defineService, type EventLog } from '@tidings/core'
import { NotReached } from '@tidings/event-store'
import { memoryEventLog } from '@tidings/event-store/memory'
import { expect, onTestFinished, test } from 'vitest'
import { NoteWritten, notesService, readers, readersDatabase, run, see, seen, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { clocks, runOnMemory } from './ticks.ts'

test('an instance that stands by is settled only once the other one has made up for a rebuild', async () => {
  const directory = await temporaryDirectory()
  let gate = Promise.resolve()
  const service = defineService(readers, { database: readersDatabase, consumer: { leaseMs: 600_000 } })
    .copy(NoteWritten, async (note, ctx) => {
      await gate
      await see(ctx, 'copy', note)
    })
    .implement({})
  const first = await run(directory, [notesService, service])
  await write(first, ['a', '1'])
  await first.settled()
  const second = await run(directory, [notesService, service])
  await second.settled()
  const { promise, resolve } = Promise.withResolvers<void>()
  onTestFinished(() => resolve())
  gate = promise
  const rebuilt = first.consumer('readers').rebuild('copy notes.note-written')
  // Whichever of the two has the lane now.
  await expect
    .poll(async () => (await Promise.all([first, second].map((one) => one.consumer('readers').status()))).map(({ phase }) => phase))
    .toContain('behind')
  for (const system of [first, second]) await expect(system.settled({ timeoutMs: 100 })).rejects.toBeInstanceOf(NotReached)
  resolve()
  await Promise.all([first.settled(), second.settled(), rebuilt])
  expect(await seen(second)).toEqual(['copy a 1', 'copy a 1'])
})

test('settled ends in time, and says so, while the log takes nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly number[]>()
  onTestFinished(() => resolve([1]))
  const silent: EventLog = Object.assign(memoryEventLog(), { append: () => promise })
  const system = await runOnMemory([defineService(clocks).implement({})], silent)
  await system.in('clocks', (ctx) => ctx.publish('Ticked', { clock: 'a', count: 1 }))
  await expect(system.settled({ timeoutMs: 50 })).rejects.toMatchObject({
    code: 'NOT_SETTLED',
    service: 'clocks',
    staged: 1,
    message: expect.stringMatching(/clocks still has 1 event in its outbox after 50 ms/),
  })
  resolve([1])
})

test('a time is told without fractions of a millisecond', () => {
  const error = new NotReached({ consumer: 'billing', position: 9, handledUpTo: 8, timeoutMs: 9_873.230_769 })
  expect(error.message).toBe('billing did not reach position 9 within 9.9 s; it is at 8. See its readiness for what it waits for.')
})
