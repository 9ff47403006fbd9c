import { defineContract, defineEvent, defineService, systemRuntime } from '@tidings/core'
import { publisher } from '@tidings/event-store'
import { MemoryDatabase, memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { recordingRuntime } from './notes.ts'
import { impatient, runOnMemory, Ticked, tick, walls } from './ticks.ts'

const Rang = defineEvent('bells.rang', { version: 1, schema: z.object({ clock: z.string() }), key: (ring) => ring.clock })
const bells = defineContract('bells', { events: { Rang } })

test('an instance whose handler was retired by newer code says so and waits, also when no other instance is left', async () => {
  const log = memoryEventLog()
  const shared = new MemoryDatabase()
  const { runtime } = recordingRuntime()
  const errors: unknown[] = []
  let told = 0
  const keep = (_message: string, facts?: object): void => {
    // A loop that never yields would let no test end.
    if (++told > 1_000) throw new Error('It goes round and round.')
    if (facts !== undefined && 'error' in facts) errors.push(facts.error)
  }
  const old = defineService(walls, { database: memory({ shared }), consumer: impatient })
    .on(Ticked, async () => {}, { name: 'alarm' })
    .implement({})
  const first = await runOnMemory([old], log)
  const second = await runOnMemory([old], log, { ...runtime, logger: { info: keep, warn: keep, error: keep } })
  await expect.poll(async () => (await second.consumer('walls').status()).phase).toBe('standing-by')
  const ledger = await memory({ shared }).open({ service: 'walls', directory: '', runtime: systemRuntime })
  await ledger.transaction(async (tx) => {
    const rows = await tx.scan('progress', { limit: 10 })
    await tx.remove(
      'progress',
      rows.map(({ key }) => key),
    )
  })
  await first.stop()
  await expect.poll(() => errors).toContainEqual(expect.objectContaining({ code: 'HANDLER_REPLACED', handler: 'alarm' }))
  expect(second.readiness().ready).toBe(false)
  expect(told).toBeLessThan(50)
})

test('an instance of older code leaves to newer code what a handler of the same name has to make up for', async () => {
  const log = memoryEventLog()
  const shared = new MemoryDatabase()
  const options = { database: memory({ shared }), consumer: impatient }
  await tick(log, 'a', 'b')
  await publisher(bells, log).publish('Rang', { clock: 'c' })
  const rung: string[] = []
  const old = defineService(walls, options)
    .on(Rang, async () => {}, { name: 'alarm', from: 'beginning' })
    .implement({})
  const newer = defineService(walls, options)
    .on(Ticked, async ({ clock }) => void rung.push(clock), { name: 'alarm', from: 'beginning' })
    .copy(Rang, async () => {})
    .implement({})
  const first = await runOnMemory([old], log)
  const second = await runOnMemory([old], log)
  await first.settled()
  await second.settled()
  // Newer code makes itself known, and is rolled back before the lane is free.
  await (await runOnMemory([newer], log)).stop()
  await first.stop()
  const phase = async (): Promise<string> => (await second.consumer('walls').status()).phase
  await expect.poll(phase).toMatch(/live|dead/)
  await second.stop()
  const third = await runOnMemory([newer], log)
  await third.settled()
  expect(rung).toEqual(['a', 'b'])
})
