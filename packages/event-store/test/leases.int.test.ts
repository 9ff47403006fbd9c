import { once } from 'node:events'
import { hostname } from 'node:os'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { notesService, readersService, recordingRuntime, run, see, seen, write } from './notes.ts'
import { kill, spawnReaderProcess, startReaderProcess } from './start-reader-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('of several instances one consumes; the others stand by and take over at once after a clean stop', async () => {
  const directory = await temporaryDirectory()
  const named = (name: string) => readersService((note, ctx) => see(ctx, name, note), { leaseMs: 600_000 })
  const first = await run(directory, [notesService, named('first')])
  await write(first, ['a', '1'])
  await first.settled()
  const { runtime, lines } = recordingRuntime()
  const second = await run(directory, [notesService, named('second')], runtime)
  const holder = expect.stringMatching(
    new RegExp(`^readers stands by: instance \\S+ \\(process ${process.pid} on this machine\\) holds the lane$`),
  )
  await expect.poll(() => second.readiness()).toEqual({ ready: true, reasons: [], notes: [holder] })
  expect(await second.consumer('readers').status()).toMatchObject({
    phase: 'standing-by',
    heldBy: { pid: process.pid, machine: hostname() },
  })
  await write(second, ['b', '1'])
  await expect.poll(() => seen(second)).toEqual(['first a 1', 'first b 1'])
  await first.stop()
  await write(second, ['c', '1'])
  await second.settled()
  expect(await seen(second)).toEqual(['first a 1', 'first b 1', 'second c 1'])
  expect(lines.filter((line) => /readers (stands|took)/.test(line))).toEqual([
    expect.stringMatching(/^info readers stands by: instance \S+ \(process \d+ on this machine\) holds the lane\.$/),
    expect.stringMatching(/^info readers took over from instance \S+ \(process \d+ on this machine\), which let go of the lane\.$/),
  ])
  expect((await second.consumer('readers').status()).heldBy).toBeUndefined()
})

test('a holder whose process is seen to be gone is succeeded at once, however long its lease', async () => {
  const directory = await temporaryDirectory()
  const child = await startReaderProcess(directory, 600_000)
  const { runtime, lines } = recordingRuntime()
  const system = await run(directory, [notesService, readersService((note, ctx) => see(ctx, 'here', note))], runtime)
  await write(system, ['a', '1'])
  await expect.poll(() => seen(system)).toEqual([`${child.pid} a 1`])
  await kill(child)
  await write(system, ['b', '1'])
  await system.settled()
  expect(await seen(system)).toEqual([`${child.pid} a 1`, 'here b 1'])
  expect(lines).toContainEqual(
    expect.stringMatching(
      new RegExp(`readers took over from instance \\S+ \\(process ${child.pid} on this machine\\), whose process is gone\\.$`),
    ),
  )
})

test('an event that kills each process that handles it is parked once its attempts are used up, and the others go on', async () => {
  const directory = await temporaryDirectory()
  const writer = await run(directory, [notesService])
  await write(writer, ['a', '1'], ['b', 'die'], ['c', '1'])
  await writer.stop()
  let deaths = 0
  for (let isSettled = false; !isSettled; ) {
    const child = spawnReaderProcess(directory, 600_000)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'settled') child.kill('SIGTERM')
    })
    const [code] = await once(child, 'close')
    isSettled = code === 0
    if (!isSettled) deaths++
  }
  const system = await run(directory, [readersService((note, ctx) => see(ctx, 'here', note))])
  const parked = await system.consumer('readers').parked()
  expect(parked.map(({ state, event, attempts }) => [state, event.position, attempts])).toEqual([['parked', 2, 3]])
  expect((await seen(system)).map((line) => line.replace(/^\d+ /, ''))).toEqual(['a 1', 'c 1'])
  // Twice in a batch, which a death alone does not break up, and then alone.
  expect(deaths).toBe(5)
})

test('a process that is told to stop lets go of its lane and ends by itself', async () => {
  const directory = await temporaryDirectory()
  const child = await startReaderProcess(directory, 600_000)
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await gone).toEqual([0, null])
})

test('an old instance that was paused past its lease can write nothing', async () => {
  const directory = await temporaryDirectory()
  const child = await startReaderProcess(directory, 300)
  const { runtime, lines } = recordingRuntime()
  const system = await run(directory, [notesService, readersService((note, ctx) => see(ctx, 'here', note), { leaseMs: 300 })], runtime)
  await write(system, ['a', '1'])
  await expect.poll(() => seen(system)).toEqual([`${child.pid} a 1`])
  child.kill('SIGSTOP')
  await write(system, ['b', '1'], ['c', '1'])
  await system.settled({ timeoutMs: 20_000 })
  child.kill('SIGCONT')
  await write(system, ['d', '1'])
  await system.settled()
  expect(await seen(system)).toEqual([`${child.pid} a 1`, 'here b 1', 'here c 1', 'here d 1'])
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([])
  expect(lines).toContainEqual(
    expect.stringMatching(/readers took over from instance .*, which gave no sign of life for (\d+ ms|\d+\.\d s)\.$/),
  )
})

test('what was missed is reported at start, and readiness waits for it', async () => {
  const directory = await temporaryDirectory()
  const service = readersService((note, ctx) => see(ctx, 'r', note))
  const first = await run(directory, [notesService, service])
  await write(first, ['a', '1'])
  await first.settled()
  await first.stop()
  const writer = await run(directory, [notesService])
  await write(writer, ['b', '1'], ['c', '1'])
  await writer.stop()
  const { runtime, lines } = recordingRuntime()
  const second = await run(directory, [notesService, service], runtime)
  expect(second.readiness()).toMatchObject({
    ready: false,
    reasons: [expect.stringMatching(/readers is behind: at position 1 of 3|readers is behind/)],
  })
  await expect.poll(() => second.readiness().ready).toBe(true)
  expect(lines.filter((line) => line.includes('missed'))).toEqual([
    expect.stringMatching(/^info readers missed 2 events of 1 type in .*; 2 applied\. Caught up in /),
  ])
})

test('an event that has been tried for too long is reported as stuck, with its position', async () => {
  let fail = true
  const service = readersService(
    async () => {
      if (fail) throw new Error('no')
    },
    { stuckAfterMs: 1, retry: { attempts: 100, baseMs: 1, maxMs: 2 } },
  )
  const system = await run(await temporaryDirectory(), [notesService, service])
  await write(system, ['a', '1'])
  await expect.poll(() => system.readiness().reasons.join()).toMatch(/readers is stuck at position 1/)
  fail = false
  await expect.poll(() => system.readiness().ready).toBe(true)
})

test('reached resolves once a position is handled, and tells where the consumer is when it is not', async () => {
  const system = await run(await temporaryDirectory(), [notesService, readersService((note, ctx) => see(ctx, 'r', note))])
  await write(system, ['a', '1'])
  await system.consumer('readers').reached(1)
  expect(await seen(system)).toEqual(['r a 1'])
  await expect(system.consumer('readers').reached(9, { timeoutMs: 20 })).rejects.toMatchObject({
    code: 'POSITION_NOT_REACHED',
    position: 9,
    handledUpTo: 1,
  })
})
