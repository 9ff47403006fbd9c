import { defineContract, defineEvent, defineService } from '@tidings/core'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { readers, readersDatabase, run, see, seen } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const first = defineEvent('memos.memo-written', {
  version: 1,
  schema: z.object({ id: z.string(), text: z.string() }),
  key: (memo) => memo.id,
})
const second = defineEvent('memos.memo-written', {
  version: 2,
  schema: z.object({ id: z.string(), title: z.string() }),
  key: (memo) => memo.id,
  upcast: { 1: (old: { id: string; text: string }) => ({ id: old.id, title: old.text }) },
})
const writing = (event: typeof first | typeof second) =>
  defineService(defineContract('memos', { events: { Written: event } })).implement({})
const reading = (event: typeof first | typeof second, unknown?: 'stop' | 'park' | 'skip') =>
  defineService(readers, { database: readersDatabase, consumer: unknown === undefined ? {} : { unknown } })
    .on(event as typeof first, async (memo, ctx) => see(ctx, 'r', { noteId: memo.id, text: JSON.stringify(memo) }), { from: 'beginning' })
    .implement({})

test('an older version is brought up to the one the code knows, and what is stored stays as it is', async () => {
  const directory = await temporaryDirectory()
  const old = await run(directory, [writing(first)])
  await old.in('memos', (ctx) => ctx.publish('Written', { id: 'a', text: 'hello' }))
  await old.stop()
  const system = await run(directory, [reading(second)])
  await system.settled()
  expect(await seen(system)).toEqual(['r a {"id":"a","title":"hello"}'])
})

test('a consumer stops at a version it does not know, says so, and goes on once newer code runs', async () => {
  const directory = await temporaryDirectory()
  const newer = await run(directory, [writing(second)])
  await newer.in('memos', (ctx) => ctx.publish('Written', { id: 'a', title: 'hello' }))
  await newer.settled()
  const system = await run(directory, [reading(first)])
  await expect
    .poll(() => system.readiness().reasons.join())
    .toMatch(/readers has stopped: The event memos\.memo-written at position 1 has version 2; this code knows version 1/)
  await system.stop()
  const updated = await run(directory, [reading(second)])
  await updated.settled()
  expect(await seen(updated)).toEqual(['r a {"id":"a","title":"hello"}'])
})

test.each(['park', 'skip'] as const)('with unknown: %s the consumer goes on past a version it does not know', async (unknown) => {
  const directory = await temporaryDirectory()
  const newer = await run(directory, [writing(second)])
  await newer.in('memos', (ctx) => ctx.publish('Written', { id: 'a', title: 'hello' }))
  await newer.stop()
  const system = await run(directory, [reading(first, unknown)])
  await system.settled()
  expect((await system.consumer('readers').parked()).map(({ error }) => error?.code)).toEqual(
    unknown === 'park' ? ['EVENT_VERSION_UNKNOWN'] : [],
  )
})
