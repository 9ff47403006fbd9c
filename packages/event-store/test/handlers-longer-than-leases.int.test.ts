import { setTimeout as pause } from 'node:timers/promises'
import { defineService } from '@tidings/core'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import { impatient, runOnMemory, Ticked, tick, walls } from './ticks.ts'

test('a handler that takes longer than a lease is handled at its first attempt, also where transactions conflict', async () => {
  const log = memoryEventLog()
  let runs = 0
  const service = defineService(walls, { database: memory(), consumer: { ...impatient, leaseMs: 150 } })
    .on(Ticked, async ({ clock }, ctx) => {
      runs++
      await ctx.db.put('seen', clock, runs)
      await pause(400)
    })
    .implement({})
  const system = await runOnMemory([service], log)
  await tick(log, 'a')
  await system.settled({ timeoutMs: 3_000 })
  expect(runs).toBe(1)
})

test('a replay that takes longer than a lease is not disturbed by the consumer of its own instance', async () => {
  const log = memoryEventLog()
  let replayed = 0
  const service = defineService(walls, { database: memory(), consumer: { ...impatient, leaseMs: 100 } })
    .copy(Ticked, async (tick, ctx) => {
      if (!ctx.meta.replay) return
      replayed++
      await pause(150)
      await ctx.db.put('seen', tick.clock, tick.count)
    })
    .implement({})
  const system = await runOnMemory([service], log)
  await tick(log, 'a', 'b', 'c', 'd')
  await system.settled()
  expect(await system.consumer('walls').replay()).toMatchObject({ events: 4 })
  expect(replayed).toBeGreaterThanOrEqual(4)
})
