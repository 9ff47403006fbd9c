import { command, createClient, defineContract, defineEvent, defineService, type OperationAnswer, query } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { recordingRuntime, run } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const Refused = defineEvent('doors.refused', { version: 1, schema: z.object({ who: z.string() }), key: ({ who }) => who })
const doors = defineContract('doors', {
  events: { Refused },
  operations: {
    knock: command({
      input: z.object({ who: z.string(), how: z.string() }),
      output: z.object({ knocks: z.number() }),
      errors: { NotHere: z.object({ who: z.string() }) },
      timeoutMs: 30_000,
    }),
    hand: command({ input: z.object({}), output: z.object({ knocks: z.number() }), keepsAnswer: false, timeoutMs: 30_000 }),
    knocks: query({ input: z.object({}), output: z.object({ knocks: z.number() }) }),
    refusals: query({ input: z.object({}), output: z.object({ refusals: z.number() }) }),
  },
})

const migrations = ['create table knocks (who text) strict', 'create table refusals (who text) strict']
const counted = 'select count(*) as knocks from knocks'
const none = { knocks: 0 }

const doorsService = defineService(doors, { database: sqlite({ migrations }) })
  .copy(Refused, async ({ who }, { db }) => {
    await db.run('insert into refusals values (?)', who)
  })
  .implement({
    knock: async ({ who, how }, ctx) => {
      const looked = await ctx.look((db) => db.get<{ knocks: number }>(counted))
      if (how === 'write while looking') await ctx.look((db) => db.run('insert into knocks values (?)', who))
      await ctx.db.run('insert into knocks values (?)', who)
      await ctx.publish('Refused', { who })
      if (how === 'fail') ctx.fail('NotHere', { who })
      if (how === 'commit and fail') ctx.commitAndFail('NotHere', { who })
      return looked ?? none
    },
    hand: async (_input, ctx) => {
      await ctx.db.run("insert into knocks values ('hand')")
      return (await ctx.db.get(counted)) ?? none
    },
    knocks: async (_input, ctx) => (await ctx.look((db) => db.get<{ knocks: number }>(counted))) ?? none,
    refusals: async (_input, ctx) => (await ctx.db.get('select count(*) as refusals from refusals')) ?? { refusals: 0 },
  })

test('a look opens no transaction, so another handler writes meanwhile, and it cannot write itself', async () => {
  const looked = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const slow = defineContract('slow', {
    operations: { look: command({ input: z.object({}), output: z.object({ rows: z.array(z.number()) }) }) },
  })
  let holds = true
  const service = defineService(slow, { database: sqlite({ migrations: ['create table t (n integer) strict'] }) }).implement({
    look: async (_input, ctx) => {
      const rows = async (): Promise<number[]> => (await ctx.look((db) => db.all<{ n: number }>('select n from t'))).map(({ n }) => n)
      const before = await rows()
      if (holds) {
        holds = false
        looked.resolve()
        await goOn.promise
      }
      await ctx.db.run('insert into t values (?)', before.length)
      // Inside the transaction it sees what the transaction does.
      return { rows: await rows() }
    },
  })
  const { runtime } = recordingRuntime()
  const system = await run(await temporaryDirectory(), [service], runtime)
  const first = system.call('slow').look({}, { timeoutMs: 30_000 })
  await looked.promise
  expect(await system.call('slow').look({}, { timeoutMs: 30_000 })).toEqual({ rows: [0] })
  goOn.resolve()
  expect(await first).toEqual({ rows: [0, 0] })
})

test('a look writes nothing', async () => {
  const { runtime, lines } = recordingRuntime()
  const system = await run(await temporaryDirectory(), [doorsService], runtime)
  await expect(system.call('doors').knock({ who: 'a', how: 'write while looking' })).rejects.toMatchObject({ code: 'REQUEST_FAILED' })
  expect(lines.join()).toContain('READ_ONLY')
  expect(await system.call('doors').knocks({})).toEqual({ knocks: 0 })
})

test('a refusal that commits leaves its rows and its event behind, and one that fails leaves neither', async () => {
  const { runtime } = recordingRuntime()
  const system = await run(await temporaryDirectory(), [doorsService], runtime)
  const client = system.call('doors')
  const refusal = { code: 'OPERATION_FAILED', reason: 'NotHere', detail: { who: 'a' } }
  await expect(client.knock({ who: 'a', how: 'fail' })).rejects.toMatchObject(refusal)
  expect(await client.knocks({})).toEqual({ knocks: 0 })
  await expect(client.knock({ who: 'a', how: 'commit and fail' })).rejects.toMatchObject(refusal)
  expect(await client.knocks({})).toEqual({ knocks: 1 })
  await system.settled()
  expect(await client.refusals({})).toEqual({ refusals: 1 })
})

test('a refusal that commits is no answer to its idempotency key, for whoever waits for the same key either', async () => {
  const { runtime } = recordingRuntime()
  const system = await run(await temporaryDirectory(), [doorsService], runtime)
  const knock = () => system.call('doors').knock({ who: 'a', how: 'commit and fail' }, { idempotencyKey: 'k' })
  const outcomes = await Promise.allSettled([knock(), knock(), knock()])
  expect(outcomes).toMatchObject(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { reason: 'NotHere' } })))
  expect(await system.call('doors').knocks({})).toEqual({ knocks: 3 })
})

test('a command that keeps no answer takes no notice of an idempotency key, and none is sent to it', async () => {
  const { runtime } = recordingRuntime()
  const system = await run(await temporaryDirectory(), [doorsService], runtime)
  const hand = () => system.call('doors').hand({}, { idempotencyKey: 'k' })
  expect([await hand(), await hand()]).toEqual([{ knocks: 1 }, { knocks: 2 }])
  const sent: unknown[] = []
  const answer: OperationAnswer = { ok: true, output: { knocks: 1 } }
  const client = createClient(doors, async (request) => {
    sent.push(request.idempotencyKey)
    return answer
  })
  await client.hand({}, { idempotencyKey: 'k' })
  await client.knock({ who: 'a', how: '' }, { idempotencyKey: 'k' })
  expect(sent).toEqual([undefined, 'k'])
})
