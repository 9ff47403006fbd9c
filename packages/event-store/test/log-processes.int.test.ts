import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newEvent } from './new-event.ts'
import { contentsOf, openLog } from './open-log.ts'
import { startLogProcess } from './start-log-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** What a process was told of its appends: position by id. */
function acknowledged(lines: readonly string[]): [string, number][] {
  return lines.map((line) => {
    const [id = '', position] = line.split(' ')
    return [id, Number(position)]
  })
}

test('several processes make one log at the same instant, and append to and read it at once: no gap, no skip, nothing twice', async () => {
  const file = join(await temporaryDirectory(), 'new', 'log.db')
  const writers = ['a', 'b', 'c'].map((name) => startLogProcess(file, name, 'append', '150', '4'))
  const total = 3 * (150 + 2 * 30)
  const readers = ['x', 'y'].map((name) => startLogProcess(file, name, 'read', String(total)))
  const told = (await Promise.all(writers.map(({ ended }) => ended))).flatMap(acknowledged)
  expect(told).toHaveLength(total)
  const log = openLog(file)
  const contents = await contentsOf(log)
  expect(contents.map(({ position }) => position)).toEqual(Array.from({ length: total }, (_, i) => i + 1))
  expect(new Map(contents.map(({ id, position }) => [id, position]))).toEqual(new Map(told))
  for (const { ended } of readers) {
    const [, seen] = await ended
    expect(seen).toBe(contents.map(({ position }) => position).join(' '))
  }
})

test('whatever a writer was told before it was killed is in the log, once, and the log goes on', async () => {
  const file = join(await temporaryDirectory(), 'log.db')
  const told: [string, number][] = []
  for (let round = 0; round < 5; round++) {
    const writers = ['a', 'b'].map((name) => startLogProcess(file, `${name} ${round}`, 'append', '1000000', '8'))
    await expect.poll(() => Math.min(...writers.map(({ lines }) => lines().length)), { timeout: 30_000, interval: 1 }).toBeGreaterThan(20)
    for (const { child } of writers) child.kill('SIGKILL')
    for (const { ended } of writers) told.push(...acknowledged(await ended))
  }
  const log = openLog(file)
  const contents = await contentsOf(log)
  expect(contents.map(({ position }) => position)).toEqual(Array.from({ length: contents.length }, (_, i) => i + 1))
  expect(new Set(contents.map(({ id }) => id)).size).toBe(contents.length)
  for (const [id, position] of told) expect(contents[position - 1]?.id).toBe(id)
  // Events of one append: all three or none.
  const triples = new Map<string, number>()
  for (const { correlationId, data } of contents) {
    const { number } = JSON.parse(data) as { number: number }
    triples.set(`${correlationId} ${number}`, (triples.get(`${correlationId} ${number}`) ?? 0) + 1)
  }
  for (const [append, count] of triples) expect([1, 3], append).toContain(count)
  expect(await log.append([newEvent(1)])).toEqual([contents.length + 1])
})

test('an append in one process rings in another, without a poll', async () => {
  const file = join(await temporaryDirectory(), 'log.db')
  // A poll so slow that only the file watch can ring.
  const log = openLog(file, { pollMs: 2 ** 31 })
  let rung = 0
  log.onAdvance(() => void rung++)
  await log.sealed()
  const writer = startLogProcess(file, 'a', 'append', '1')
  await writer.ended
  await expect.poll(() => rung, { timeout: 30_000 }).toBeGreaterThan(0)
  expect(await log.sealed()).toBeGreaterThan(0)
})

test('where the file watch hears nothing the slow poll finds what other processes appended', async () => {
  const file = join(await temporaryDirectory(), 'log.db')
  const log = openLog(file, { pollMs: 5, watch: () => ({ [Symbol.dispose]: () => {} }) })
  let seen = 0
  log.onAdvance(() => {
    void log.sealed().then((position) => {
      seen = position
    })
  })
  const other = openLog(file)
  await other.append([newEvent(1), newEvent(2)])
  await expect.poll(() => seen, { timeout: 30_000 }).toBe(2)
})

test('a log that is open and listened to does not keep its process alive', async () => {
  const file = join(await temporaryDirectory(), 'log.db')
  expect(await startLogProcess(file, 'listener', 'listen').ended).toEqual(['listening'])
})

test('processes that open, use and close one file over and over never meet an error', async () => {
  const file = join(await temporaryDirectory(), 'log.db')
  const rounds = Array.from({ length: 4 }, async (_, name) => {
    for (let i = 0; i < 25; i++) {
      const log = openLog(file)
      await log.append([newEvent(i, { correlationId: `handle ${name}` })])
      await log.read({ after: 0, limit: 10 })
      await log.close()
    }
  })
  const writer = startLogProcess(file, 'a', 'append', '50')
  await Promise.all(rounds)
  await writer.ended
  expect(await contentsOf(openLog(file))).toHaveLength(4 * 25 + 50 + 2 * 10)
})
