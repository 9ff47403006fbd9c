import { join } from 'node:path'
import { EventInvalid, type EventLog, FormatUnknown, StoreDamaged, type TidingsError } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { expect, onTestFinished, test } from 'vitest'
import { notesService, recordingRuntime, write } from './notes.ts'
import { contentsOf, openLog } from './open-log.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A system whose log fails every append with an error, for as long as there is one. */
async function systemWithFailingLog(directory: string) {
  const log = openLog(join(directory, 'log.db'))
  const fault: { error?: TidingsError; failed: number } = { failed: 0 }
  const failing: EventLog = {
    capabilities: log.capabilities,
    location: log.location,
    exists: () => log.exists(),
    identity: () => log.identity(),
    append: async (events) => {
      if (fault.error === undefined) return log.append(events)
      fault.failed++
      throw fault.error
    },
    read: (query) => log.read(query),
    sealed: () => log.sealed(),
    onAdvance: (ring) => log.onAdvance(ring),
    close: async () => {},
  }
  const { runtime, lines } = recordingRuntime()
  const system = createSystem({ services: [notesService], directory, eventStore: failing, runtime })
  onTestFinished(() => system.stop())
  await system.start()
  return { system, log, fault, lines }
}

test.each([
  ['is damaged', new StoreDamaged({ store: 'the log', reason: 'the test says so' })],
  ['has a format that only newer code knows', new FormatUnknown({ store: 'the log', found: 2, known: 1 })],
])('events wait in the outbox while the log %s: that is no fault of theirs, and none is set aside', async (_, error) => {
  const { system, log, fault } = await systemWithFailingLog(await temporaryDirectory())
  fault.error = error
  await write(system, ['a', '1'], ['b', '1'])
  await expect.poll(() => fault.failed).toBeGreaterThan(1)
  fault.error = undefined
  await expect.poll(async () => (await contentsOf(log)).map(({ key }) => key).sort(), { timeout: 30_000 }).toEqual(['a', 'b'])
})

test('an event that the log refuses for good is set aside and reported, and does not hold up its key', async () => {
  const { system, log, fault, lines } = await systemWithFailingLog(await temporaryDirectory())
  fault.error = new EventInvalid({ event: 'notes.note-written', path: 'data', reason: 'is refused by the test' })
  await write(system, ['a', '1'])
  await expect.poll(() => lines.join('\n')).toMatch(/refused by the test|LOG_EVENT_INVALID|set aside/)
  fault.error = undefined
  await write(system, ['a', '2'])
  await expect.poll(async () => (await contentsOf(log)).map(({ data }) => JSON.parse(data).text)).toEqual(['2'])
})
