import { command, defineContract, defineEvent, defineService, query, type Service } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { recordingRuntime, run } from './notes.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const Charged = defineEvent('accounts.charged', {
  version: 1,
  schema: z.object({ account: z.string(), cents: z.number() }),
  key: (charge) => charge.account,
})
const accounts = defineContract('accounts', {
  events: { Charged },
  operations: {
    charge: command({
      input: z.object({ account: z.string(), cents: z.number().int() }),
      output: z.object({ id: z.string() }),
      timeoutMs: 30_000,
    }),
    total: query({ input: z.object({}), output: z.object({ count: z.number(), cents: z.number() }) }),
  },
})
const table = 'create table charges (id text primary key, account text, cents integer) strict'
const accountsService = defineService(accounts, { database: sqlite({ migrations: [table] }) }).implement({
  charge: async ({ account, cents }, ctx) => {
    const id = ctx.newId()
    await ctx.db.run('insert into charges values (?, ?, ?)', id, account, cents)
    await ctx.publish('Charged', { account, cents })
    return { id }
  },
  total: async (_input, ctx) =>
    (await ctx.db.get<{ count: number; cents: number }>('select count(*) as count, coalesce(sum(cents), 0) as cents from charges')) ?? {
      count: 0,
      cents: 0,
    },
})

const shop = defineContract('shop', {
  events: {},
  operations: {
    // A busy machine may take its time.
    buy: command({ input: z.object({ how: z.string() }), output: z.object({ id: z.string() }), timeoutMs: 30_000 }),
    count: query({ input: z.object({}), output: z.object({ rows: z.number() }) }),
  },
})
type Buy = Parameters<ReturnType<typeof shopBuilder>['implement']>[0]['buy']
const shopBuilder = () =>
  defineService(shop, {
    uses: { accounts },
    database: sqlite({ migrations: ['create table bought (number integer primary key, id text) strict'] }),
  })
const shopService = (buy: Buy): Service<typeof shop> =>
  shopBuilder().implement({
    buy,
    count: async (_input, ctx) => (await ctx.db.get<{ rows: number }>('select count(*) as rows from bought')) ?? { rows: 0 },
  })

test('a call to another service while the transaction is open is refused, and the handler is rolled back', async () => {
  const { runtime, lines } = recordingRuntime()
  const service = shopService(async (_input, ctx) => {
    await ctx.db.run("insert into bought (id) values ('x')")
    return ctx.call.accounts.charge({ account: 'a', cents: 1 })
  })
  const system = await run(await temporaryDirectory(), [accountsService, service], runtime)
  await expect(system.call('shop').buy({ how: '' })).rejects.toMatchObject({
    code: 'REQUEST_FAILED',
    remoteCode: 'CALL_INSIDE_TRANSACTION',
  })
  expect(lines.join()).toContain('CALL_INSIDE_TRANSACTION')
  expect(await system.call('shop').count({})).toEqual({ rows: 0 })
  expect(await system.call('accounts').total({})).toEqual({ count: 0, cents: 0 })
})

test('a handler that has finished can write nothing more', async () => {
  const late: { run?: () => Promise<unknown>; publish?: () => Promise<unknown> } = {}
  const service = shopService(async (_input, ctx) => {
    late.run = async () => ctx.db.run("insert into bought (id) values ('late')")
    late.publish = async () => ctx.newId()
    await ctx.db.run("insert into bought (id) values ('x')")
    return { id: 'x' }
  })
  const system = await run(await temporaryDirectory(), [accountsService, service])
  await system.call('shop').buy({ how: '' })
  await expect(late.run?.()).rejects.toMatchObject({ code: 'HANDLER_FINISHED' })
  await expect(late.publish?.()).rejects.toMatchObject({ code: 'HANDLER_FINISHED' })
  expect(await system.call('shop').count({})).toEqual({ rows: 1 })
})

test('a handler that does not settle in time is rolled back, its context is dead and its signal aborted', async () => {
  let aborted: Promise<unknown> | undefined
  const service = shopService(async (_input, ctx) => {
    await ctx.db.run("insert into bought (id) values ('x')")
    aborted = new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
    await new Promise(() => {})
    return { id: 'never' }
  })
  const system = await run(await temporaryDirectory(), [accountsService, service])
  await expect(system.call('shop').buy({ how: '' }, { timeoutMs: 50 })).rejects.toMatchObject({
    code: expect.stringMatching(/TIMED_OUT|REQUEST_FAILED/),
  })
  await aborted
  expect(await system.call('shop').count({})).toEqual({ rows: 0 })
})

test('a command that runs again for the same key repeats no call that it made before', async () => {
  let runs = 0
  const service = shopService(async (_input, ctx) => {
    const first = await ctx.call.accounts.charge({ account: 'a', cents: 5 })
    const second = await ctx.call.accounts.charge({ account: 'a', cents: 5 })
    expect(second.id).not.toBe(first.id)
    if (runs++ === 0) throw new Error('killed here')
    await ctx.db.run('insert into bought (id) values (?)', ctx.newId())
    return { id: first.id }
  })
  const system = await run(await temporaryDirectory(), [accountsService, service])
  await expect(system.call('shop').buy({ how: '' }, { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'REQUEST_FAILED' })
  await system.call('shop').buy({ how: '' }, { idempotencyKey: 'k' })
  expect(await system.call('accounts').total({})).toEqual({ count: 2, cents: 10 })
  expect(runs).toBe(2)
})

test('the same key asked at the same time runs once, and gives the same answer', async () => {
  const system = await run(await temporaryDirectory(), [accountsService])
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => system.call('accounts').charge({ account: 'a', cents: 1 }, { idempotencyKey: 'same' })),
  )
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  expect(await system.call('accounts').total({})).toEqual({ count: 1, cents: 1 })
})

test('64 handlers that await at once see nothing of each other, and none waits for the remote call of another', async () => {
  let waiting = 0
  let release: (() => void) | undefined
  const all = new Promise<void>((resolve) => {
    release = resolve
  })
  const service = shopService(async (_input, ctx) => {
    // Every handler gets here before any goes on: one that waited for another's call would never let that happen.
    if (++waiting === 64) release?.()
    await all
    await ctx.call.accounts.charge({ account: 'a', cents: 1 })
    const before = await ctx.db.get<{ rows: number }>('select count(*) as rows from bought')
    await ctx.db.run('insert into bought (id) values (?)', ctx.newId())
    await new Promise((resolve) => setImmediate(resolve))
    const after = await ctx.db.get<{ rows: number }>('select count(*) as rows from bought')
    expect(after?.rows).toBe((before?.rows ?? 0) + 1)
    return { id: 'x' }
  })
  const system = await run(await temporaryDirectory(), [accountsService, service])
  await Promise.all(Array.from({ length: 64 }, () => system.call('shop').buy({ how: '' })))
  expect(await system.call('shop').count({})).toEqual({ rows: 64 })
  expect(await system.call('accounts').total({})).toEqual({ count: 64, cents: 64 })
})

test('a query cannot write or publish', async () => {
  const counting = shopBuilder().implement({
    buy: async () => ({ id: '' }),
    count: async (_input, ctx) => {
      await ctx.db.run("insert into bought (id) values ('x')")
      return { rows: 0 }
    },
  })
  const { runtime, lines } = recordingRuntime()
  const system = await run(await temporaryDirectory(), [accountsService, counting], runtime)
  await expect(system.call('shop').count({})).rejects.toMatchObject({ remoteCode: 'READ_ONLY_TRANSACTION' })
  expect(lines.join()).toContain('READ_ONLY_TRANSACTION')
})

test('an event of another service cannot be published, and nothing of the handler stays', async () => {
  const service = shopService(async (_input, ctx) => {
    await ctx.db.run("insert into bought (id) values ('x')")
    // What the compiler refuses too: see the type tests.
    await (ctx.publish as unknown as (event: string, data: unknown) => Promise<void>)('Charged', { account: 'a', cents: 1 })
    return { id: 'x' }
  })
  const system = await run(await temporaryDirectory(), [accountsService, service])
  await expect(system.call('shop').buy({ how: '' })).rejects.toMatchObject({ remoteCode: 'EVENT_NOT_OWNED' })
  expect(await system.call('shop').count({})).toEqual({ rows: 0 })
})

test('a handler is given its own database and cannot attach another', async () => {
  const service = shopService(async (_input, ctx) => {
    await ctx.db.run("attach database 'accounts.db' as other")
    return { id: 'x' }
  })
  const system = await run(await temporaryDirectory(), [accountsService, service])
  await expect(system.call('shop').buy({ how: '' })).rejects.toMatchObject({ remoteCode: 'STATEMENT_REFUSED' })
})

test('an output that breaks its contract rolls the handler back', async () => {
  const service = shopService(async (_input, ctx) => {
    await ctx.db.run("insert into bought (id) values ('x')")
    return { id: 7 } as unknown as { id: string }
  })
  const system = await run(await temporaryDirectory(), [accountsService, service])
  await expect(system.call('shop').buy({ how: '' })).rejects.toMatchObject({ remoteCode: 'OUTPUT_INVALID' })
  expect(await system.call('shop').count({})).toEqual({ rows: 0 })
})
