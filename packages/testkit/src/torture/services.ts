import { command, defineContract, defineEvent, defineService, type Service } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import * as z from 'zod'
import type { KillSwitch } from './kill-points.ts'

const Sold = defineEvent('till.sold', {
  version: 1,
  schema: z.object({ saleId: z.string(), till: z.string(), number: z.number().int() }),
  key: (sale) => sale.till,
})
const Counted = defineEvent('till.counted', {
  version: 1,
  schema: z.object({ saleId: z.string(), shelf: z.string() }),
  key: (count) => count.shelf,
})
const Booked = defineEvent('books.booked', {
  version: 1,
  schema: z.object({ saleId: z.string(), till: z.string(), number: z.number().int() }),
  key: (entry) => entry.till,
})

export const till = defineContract('till', {
  events: { Sold, Counted },
  operations: {
    sell: command({
      input: z.object({ saleId: z.string(), till: z.string(), shelf: z.string() }),
      output: z.object({ number: z.number() }),
      timeoutMs: 20_000,
    }),
  },
})
export const books = defineContract('books', { events: { Booked } })
export const mirror = defineContract('mirror', {})

const leaseMs = 400
/** High, for a process that is killed in a handler counts as an attempt. */
export const attempts = 100

/** Numbers the sales of each till in its own database, and publishes two events for each, of different keys. */
export function tillService(kill: KillSwitch): Service<typeof till> {
  const database = sqlite({
    migrations: ['create table sales (sale_id text primary key, till text not null, number integer not null) strict'],
  })
  return defineService(till, { database, consumer: { leaseMs } }).implement({
    sell: async ({ saleId, till: name, shelf }, ctx) => {
      const last = await ctx.db.get<{ number: number }>('select count(*) as number from sales where till = ?', name)
      const number = (last?.number ?? 0) + 1
      await ctx.db.run('insert into sales values (?, ?, ?)', saleId, name, number)
      await ctx.publish('Sold', { saleId, till: name, number })
      kill.arrive('in-handler')
      await ctx.publish('Counted', { saleId, shelf })
      return { number }
    },
  })
}

/** Writes one line for every sale, without a key, so that a second time would show; and publishes a follow-up. */
export function booksService(kill: KillSwitch): Service<typeof books> {
  const database = sqlite({
    migrations: [
      'create table lines (id integer primary key, sale_id text not null, till text not null, number integer not null, event_id text not null) strict',
    ],
  })
  return defineService(books, { database, consumer: { leaseMs, retry: { attempts, baseMs: 1, maxMs: 10 } } })
    .on(
      Sold,
      async ({ saleId, till: name, number }, ctx) => {
        await ctx.db.run('insert into lines (sale_id, till, number, event_id) values (?, ?, ?, ?)', saleId, name, number, ctx.meta.id)
        kill.arrive('in-handler')
        await ctx.publish('Booked', { saleId, till: name, number })
      },
      // Its first process may die before it is remembered, and the tills have sold by then.
      { from: 'beginning' },
    )
    .implement({})
}

/** Keeps the newest sale of each till, and by hand the newest booking. */
export function mirrorService(): Service<typeof mirror> {
  const database = sqlite({ migrations: ['create table bookings (till text primary key, number integer not null) strict'] })
  return defineService(mirror, { database, consumer: { leaseMs, retry: { attempts } } })
    .copy(Sold.pick('saleId', 'number'), { into: 'sales' })
    .copy(Booked.pick('till', 'number'), async ({ till: name, number }, { db }) => {
      await db.run('insert into bookings values (?, ?) on conflict (till) do update set number = excluded.number', name, number)
    })
    .implement({})
}
