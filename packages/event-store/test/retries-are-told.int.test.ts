import { type ConsumerOptions, defineService, type Service } from '@tidings/core'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import { notesService, readersService, recordingRuntime, run, write } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { clocks, runOnMemory, Ticked, tick, walls } from './ticks.ts'

/** Waits of almost a minute, so that a test meets them. */
const patient: ConsumerOptions = { retry: { attempts: 7, baseMs: 60_000, maxMs: 60_000 } }

/** A runtime whose random source makes every wait as long as it may be, and that keeps the facts of each line. */
function steadyRuntime() {
  const { runtime, lines } = recordingRuntime()
  const told: { readonly message: string; readonly facts: object | undefined }[] = []
  const keep = (message: string, facts?: object): void => {
    lines.push(message)
    told.push({ message, facts })
  }
  return {
    runtime: { ...runtime, random: { ...runtime.random, next: () => 0.999 }, logger: { info: keep, warn: keep, error: keep } },
    lines,
    told,
  }
}

const failing = (error: () => unknown, consumer: ConsumerOptions = patient): Service =>
  defineService(walls, { database: memory(), consumer })
    .on(
      Ticked,
      async () => {
        throw error()
      },
      { from: 'beginning' },
    )
    .implement({})

const retry = {
  position: 1,
  type: 'clocks.ticked',
  attempts: 1,
  maxAttempts: 7,
  error: { code: 'RangeError', message: 'no\nroom' },
  nextInMs: expect.closeTo(55_000, -4),
}
const line = /clocks\.ticked at position 1 failed, attempt 1 of 7 \(RangeError: no room\); the next one comes in 5\d\.\d s$/

test('a service that is behind tells which event keeps failing, at which attempt, why, and when it is tried again', async () => {
  const log = memoryEventLog()
  await tick(log, 'a')
  const system = await runOnMemory([failing(() => new RangeError('no\nroom'))], log, steadyRuntime().runtime)
  await expect.poll(() => system.consumer('walls').status()).toMatchObject({ phase: 'behind', retry })
  const { ready, reasons } = system.readiness()
  expect(ready).toBe(false)
  expect(reasons).toEqual([expect.stringMatching(/^walls is behind: at position 0 of 1; clocks/)])
  expect(reasons[0]).toMatch(line)
  await expect(system.consumer('walls').reached(1, { timeoutMs: 1 })).rejects.toThrow(
    /did not reach position 1 within 1 ms.*attempt 1 of 7/,
  )
})

test('a service that had caught up stays ready and notes the event that is tried again', async () => {
  const log = memoryEventLog()
  const system = await runOnMemory([failing(() => new RangeError('no\nroom'))], log, steadyRuntime().runtime)
  await expect.poll(() => system.readiness().ready).toBe(true)
  await tick(log, 'a')
  await expect.poll(() => system.consumer('walls').status()).toMatchObject({ phase: 'live', retry })
  expect(system.readiness()).toEqual({ ready: true, reasons: [], notes: [expect.stringMatching(line)] })
})

test('a handler that makes up for earlier events tells of its retries too', async () => {
  const log = memoryEventLog()
  await tick(log, 'a')
  const database = memory()
  const seen = defineService(walls, { database }).on(Ticked, async () => {}, { from: 'beginning' })
  const first = await runOnMemory([seen.implement({})], log)
  await first.settled()
  await first.stop()
  const added = defineService(walls, { database, consumer: patient })
    .on(Ticked, async () => {}, { from: 'beginning' })
    .on(
      Ticked,
      async () => {
        throw new RangeError('no\nroom')
      },
      { from: 'beginning', name: 'added' },
    )
  const second = await runOnMemory([added.implement({})], log, steadyRuntime().runtime)
  await expect.poll(() => second.consumer('walls').status()).toMatchObject({ phase: 'behind', retry })
})

test('a start in the midst of a wait says which event is waited for', async () => {
  const directory = await temporaryDirectory()
  const service = readersService(async () => {
    throw new RangeError('no')
  }, patient)
  const first = await run(directory, [notesService, service], steadyRuntime().runtime)
  await write(first, ['a', '1'])
  await expect.poll(async () => (await first.consumer('readers').status()).retry?.attempts).toBe(1)
  await first.stop()
  const { runtime, lines } = steadyRuntime()
  const second = await run(directory, [notesService, service], runtime)
  await expect
    .poll(async () => (await second.consumer('readers').status()).retry)
    .toMatchObject({ position: 1, attempts: 1, maxAttempts: 7 })
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^readers goes on with notes\.note-written \(position 1\), which failed before, attempt 1 of 7 \(RangeError: no\); the next one comes in 5\d\.\d s\.$/,
    ),
  )
})

test('an error is told in full once, and in a line each while it stays the same', async () => {
  const log = memoryEventLog()
  const { runtime, told } = steadyRuntime()
  let attempts = 0
  const error = (): Error => new RangeError(++attempts < 4 ? 'no room.' : 'no air.')
  const system = await runOnMemory([failing(error, { retry: { attempts: 5, baseMs: 1, maxMs: 1 } })], log, runtime)
  await tick(log, 'a')
  await system.settled()
  const failures = told.filter(({ message }) => message.includes('failed'))
  expect(failures.map(({ message, facts }) => [message.replace(/in \d+ ms/, 'in … ms'), facts !== undefined])).toEqual([
    ['walls failed at clocks.ticked (position 1), attempt 1 of 5; the next one comes in … ms.', true],
    ['walls failed again at clocks.ticked (position 1), attempt 2 of 5 (RangeError: no room); the next one comes in … ms.', false],
    ['walls failed again at clocks.ticked (position 1), attempt 3 of 5 (RangeError: no room); the next one comes in … ms.', false],
    ['walls failed at clocks.ticked (position 1), attempt 4 of 5; the next one comes in … ms.', true],
    ['walls failed again at clocks.ticked (position 1), attempt 5 of 5 (RangeError: no air).', false],
  ])
  expect(told).toContainEqual(expect.objectContaining({ message: expect.stringMatching(/parked .* after 5 attempts: RangeError/) }))
})

test('one attempt is told as one', async () => {
  const log = memoryEventLog()
  const { runtime, lines } = steadyRuntime()
  const services = [defineService(clocks).implement({}), failing(() => new Error('no'), { retry: { attempts: 1 } })]
  const system = await runOnMemory(services, log, runtime)
  await tick(log, 'a')
  await system.settled()
  expect(lines).toContainEqual(expect.stringMatching(/after 1 attempt: /))
})
