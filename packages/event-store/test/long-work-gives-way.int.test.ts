import { defineService } from '@tidings/core'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import { runOnMemory, Ticked, tick, walls } from './ticks.ts'

test('the program goes on with other work while a copy is built, and while a replay runs', async () => {
  const log = memoryEventLog()
  await tick(log, ...Array.from({ length: 6_000 }, (_, i) => `clock ${i}`))
  const service = defineService(walls, { database: memory() }).copy(Ticked, { into: 'ticks' }).implement({})
  const system = await runOnMemory([service], log)
  await system.settled({ timeoutMs: 30_000 })
  const consumer = system.consumer('walls')
  for (const work of [() => consumer.rebuild('ticks'), () => consumer.replay({ dryRun: true })]) {
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await work()
    isOver = true
    expect(turns).toBeGreaterThan(3)
  }
})
