import { join } from 'node:path'
import { type Clock, systemRuntime } from '@tidings/core'
import { expect, test } from 'vitest'
import { newEvent } from './new-event.ts'
import { contentsOf, openLog } from './open-log.ts'
import { startLogProcess } from './start-log-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A log whose lock another process holds, until it is released. */
async function lockedLog(options: Parameters<typeof openLog>[1] = {}) {
  const file = join(await temporaryDirectory(), 'log.db')
  const log = openLog(file, options)
  await log.append([newEvent(0)])
  const holder = startLogProcess(file, 'holder', 'hold')
  await expect.poll(holder.lines, { timeout: 30_000 }).toEqual(['held'])
  const release = async (): Promise<void> => {
    holder.child.stdin.write('\n')
    await holder.ended
  }
  return { file, log, holder, release }
}

/** The machine's clock, but for its time, which the test moves; it counts the waits that are over. */
class MovableClock implements Clock {
  #time = 0
  waits = 0

  now(): number {
    return systemRuntime.clock.now()
  }

  monotonic(): number {
    return this.#time
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await systemRuntime.clock.sleep(ms, signal)
    this.waits++
  }

  move(ms: number): void {
    this.#time += ms
  }
}

test('an append waits for the process that holds the lock; the event loop goes on turning, and reads are answered', async () => {
  const { log, release } = await lockedLog()
  let settled = false
  const appending = log.append([newEvent(1)]).finally(() => {
    settled = true
  })
  for (let turns = 0; turns < 2_000; turns++) await new Promise<void>((resolve) => setImmediate(resolve))
  // Had it waited inside SQLite, the first of these turns would have lasted as long as the lock.
  expect(settled).toBe(false)
  expect(await contentsOf(log)).toHaveLength(1)
  await release()
  expect(await appending).toEqual([2])
})

test('an append that cannot have the lock before its deadline is StoreUnavailable, and nothing of it is ever written', async () => {
  const clock = new MovableClock()
  const { log, release } = await lockedLog({ appendTimeoutMs: 10_000, runtime: { ...systemRuntime, clock } })
  const early = log.append([newEvent(1), newEvent(2)])
  clock.move(6_000)
  const late = log.append([newEvent(3)])
  clock.move(4_000)
  await expect(early).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('another process holds its lock'),
  })
  // Each has a deadline of its own, counted from its call: it waits neither twice nor less.
  clock.move(5_999)
  let settled = false
  const settle = (): void => {
    settled = true
  }
  late.then(settle, settle)
  const { waits } = clock
  await expect.poll(() => clock.waits).toBeGreaterThan(waits + 3)
  expect(settled).toBe(false)
  await release()
  expect(await late).toEqual([2])
  expect((await contentsOf(log)).map(({ key }) => key)).toEqual(['note 0', 'note 3'])
})

test('whoever comes while too many events wait is StoreOverloaded at once, and those that wait are not harmed', async () => {
  const { log, release } = await lockedLog({ maxWaiting: 5 })
  const waiting = [log.append([newEvent(1), newEvent(2)]), log.append([newEvent(3), newEvent(4)])]
  await expect(log.append([newEvent(5), newEvent(6)])).rejects.toMatchObject({ code: 'STORE_OVERLOADED', waiting: 4, maximum: 5 })
  const last = log.append([newEvent(7)])
  await release()
  expect(await Promise.all([...waiting, last])).toEqual([[2, 3], [4, 5], [6]])
  // One append that is larger than the maximum is taken where nothing else waits.
  const many = Array.from({ length: 8 }, (_, i) => newEvent(i))
  expect(await log.append(many)).toHaveLength(8)
})

test('a close while appends wait for the lock lets them finish', async () => {
  const { file, log, release } = await lockedLog()
  const waiting = [log.append([newEvent(1)]), log.append([newEvent(2)])]
  const closing = log.close()
  await expect(log.append([newEvent(3)])).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  await release()
  expect(await Promise.all(waiting)).toEqual([[2], [3]])
  await closing
  expect(await contentsOf(openLog(file))).toHaveLength(3)
})

test('a log can be opened and read while another process holds the lock', async () => {
  const { file, log, release } = await lockedLog()
  const other = openLog(file)
  expect(await other.identity()).toBe(await log.identity())
  expect(await contentsOf(other)).toHaveLength(1)
  await release()
})

test('the lock of a process that was killed while it held it is free', async () => {
  const { log, holder } = await lockedLog()
  const appending = log.append([newEvent(1)])
  holder.child.kill('SIGKILL')
  expect(await appending).toEqual([2])
})
