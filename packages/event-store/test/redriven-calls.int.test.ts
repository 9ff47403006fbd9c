import { command, defineContract, defineService } from '@tidings/core'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { impatient, runOnMemory, Ticked, tick, walls } from './ticks.ts'

const bank = defineContract('bank', { operations: { pay: command({ input: z.object({ clock: z.string() }), output: z.object({}) }) } })

test('a reaction that calls another service can be redriven and replayed, beside a copy of the same event', async () => {
  const log = memoryEventLog()
  const paid: string[] = []
  let isOpen = false
  const banking = defineService(bank).implement({
    pay: async ({ clock }) => {
      if (!isOpen) throw new Error('closed')
      paid.push(clock)
      return {}
    },
  })
  const service = defineService(walls, { database: memory(), uses: { bank }, consumer: impatient })
    .copy(Ticked, { into: 'ticks' })
    .on(
      Ticked,
      async ({ clock }, ctx) => {
        await ctx.call.bank.pay({ clock })
        await ctx.db.put('paid', clock, 1)
      },
      { name: 'pay' },
    )
    .implement({})
  const system = await runOnMemory([banking, service], log)
  await tick(log, 'a', 'a')
  await system.settled()
  const consumer = system.consumer('walls')
  expect((await consumer.parked()).map(({ state }) => state)).toEqual(['parked', 'held'])
  expect(await consumer.redrive()).toEqual({ handled: 0, discarded: 0, failed: 1 })
  isOpen = true
  expect(await consumer.redrive()).toEqual({ handled: 2, discarded: 0, failed: 0 })
  expect(paid).toEqual(['a', 'a'])
  expect(await consumer.replay({ reactions: ['pay'] })).toMatchObject({ events: 2 })
})
