import { defineService } from '@tidings/core'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import { runOnMemory, Ticked, tick, walls } from './ticks.ts'

test('an event in the midst of others that is tried for long is reported as stuck, as the first one is', async () => {
  const log = memoryEventLog()
  await tick(log, 'a', 'b', 'c')
  let fails = true
  const service = defineService(walls, {
    database: memory(),
    consumer: { stuckAfterMs: 1, retry: { attempts: 100, baseMs: 5, maxMs: 10 } },
  })
    .on(
      Ticked,
      async ({ clock }) => {
        if (clock === 'b' && fails) throw new Error('no')
      },
      { from: 'beginning' },
    )
    .implement({})
  const system = await runOnMemory([service], log)
  await expect.poll(() => system.readiness().reasons).toEqual([expect.stringMatching(/stuck at position 2/)])
  fails = false
  await system.settled()
  expect(system.readiness()).toEqual({ ready: true, reasons: [], notes: [] })
})
