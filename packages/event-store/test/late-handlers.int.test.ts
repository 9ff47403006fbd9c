import { defineService } from '@tidings/core'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import { impatient, runOnMemory, Ticked, tick, walls } from './ticks.ts'

test('when a handler settles after its time was up, no further handler of the event begins', async () => {
  const log = memoryEventLog()
  const late: (() => void)[] = []
  const begun: string[] = []
  const service = defineService(walls, { database: memory(), consumer: { ...impatient, handlerTimeoutMs: 20 } })
    .on(Ticked, () => new Promise<void>((resolve) => void late.push(resolve)), { name: 'first' })
    .on(Ticked, async () => void begun.push('second'), { name: 'second' })
    .implement({})
  const system = await runOnMemory([service], log)
  await tick(log, 'a')
  await system.settled()
  expect((await system.consumer('walls').parked()).map(({ error }) => error?.code)).toEqual(['HANDLER_TIMED_OUT'])
  for (const settle of late) settle()
  // One turn of the event loop is more than what is left of a handler needs.
  await new Promise((resolve) => setImmediate(resolve))
  expect(begun).toEqual([])
})
