import { defineContract, defineEvent, defineService } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { ManualClock } from './manual-clock.ts'
import { recordingRuntime } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const Ticked = defineEvent('clocks.ticked', { version: 1, schema: z.object({ tick: z.number() }), key: () => 'clock' })
const clocks = defineContract('clocks', { events: { Ticked } })

function clocksService(before: (tick: number) => Promise<void>) {
  return defineService(clocks, { database: sqlite({ migrations: ['create table ticks (tick integer) strict'] }) })
    .every('tick', { intervalMs: 1_000 }, async (ctx) => {
      const found = await ctx.look((db) => db.get<{ ticks: number }>('select count(*) as ticks from ticks'))
      const tick = found?.ticks ?? 0
      await ctx.db.run('insert into ticks values (?)', tick)
      await ctx.publish('Ticked', { tick })
      await before(tick)
    })
    .implement({})
}

async function started(before: (tick: number) => Promise<void>, clock?: ManualClock) {
  const { runtime, lines } = recordingRuntime()
  const service = clocksService(before)
  const system = createSystem({
    services: [service],
    directory: await temporaryDirectory(),
    runtime: clock === undefined ? runtime : { ...runtime, clock },
    flushMs: 0,
  })
  onTestFinished(() => system.stop())
  const ticks = () =>
    system.in('clocks', async (ctx) => (await ctx.db.all<{ tick: number }>('select tick from ticks')).map(({ tick }) => tick))
  return { system, lines, ticks }
}

test('a timer runs once before the system has started, and again when its time has come', async () => {
  const clock = new ManualClock()
  const { system, ticks } = await started(async () => {}, clock)
  await system.start()
  expect(await ticks()).toEqual([0])
  clock.advance(999)
  expect(await ticks()).toEqual([0])
  await expect
    .poll(async () => {
      clock.advance(1_000)
      return (await ticks()).length
    })
    .toBeGreaterThan(2)
})

test('a run that fails leaves nothing behind, is logged, and is no reason to stop', async () => {
  const clock = new ManualClock()
  const faults = [undefined, new Error('not now'), new Error('nor now')]
  const { system, lines, ticks } = await started(async () => {
    const fault = faults.shift()
    if (fault !== undefined) throw fault
  }, clock)
  await system.start()
  await expect
    .poll(async () => {
      clock.advance(1_000)
      return ticks()
    })
    .toEqual([0, 1])
  expect(lines.filter((line) => line.includes('clocks every tick failed, and runs again in 1000 ms'))).toHaveLength(2)
})

test('a system does not start when the first run of a timer fails', async () => {
  const { system } = await started(async () => {
    throw new Error('not at all')
  })
  await expect(system.start()).rejects.toThrow('not at all')
})

test('a timer without a name of its own or a usable interval is refused', () => {
  const builder = defineService(clocks).every('tick', { intervalMs: 1 }, async () => {})
  expect(() => builder.every('tick', { intervalMs: 1 }, async () => {})).toThrow(/has one of this name already/)
  expect(() => builder.every('tock', { intervalMs: 0 }, async () => {})).toThrow(/intervalMs 0 is not a whole number from 1/)
})
