import { command, defineContract, defineEvent, defineService, type Service } from '@tidings/core'
import * as z from 'zod'
import type { FaultSwitch } from './fault-switch.ts'
import type { BooksRecords, MirrorRecords, TillRecords } from './opened-store.ts'

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

/** High, for a process that is killed in a handler counts as an attempt. */
export const attempts = 100

/** Numbers the sales of each till in its own database, and publishes two events for each, of different keys. */
export function tillService({ database, nextNumber, addSale }: TillRecords, leaseMs: number, faults: FaultSwitch): Service<typeof till> {
  return defineService(till, { database, consumer: { leaseMs } }).implement({
    sell: async ({ saleId, till: name, shelf }, ctx) => {
      const number = await nextNumber(ctx.db, name)
      await addSale(ctx.db, { saleId, till: name, number })
      await ctx.publish('Sold', { saleId, till: name, number })
      faults.arrive('in-handler')
      await ctx.publish('Counted', { saleId, shelf })
      return { number }
    },
  })
}

/** Writes one line for every sale, without a key, so that a second time would show; and publishes a follow-up. */
export function booksService({ database, addLine }: BooksRecords, leaseMs: number, faults: FaultSwitch): Service<typeof books> {
  return defineService(books, { database, consumer: { leaseMs, retry: { attempts, baseMs: 1, maxMs: 10 } } })
    .on(
      Sold,
      async ({ saleId, till: name, number }, ctx) => {
        await addLine(ctx.db, { saleId, till: name, number, eventId: ctx.meta.id })
        faults.arrive('in-handler')
        await ctx.publish('Booked', { saleId, till: name, number })
      },
      // Its first process may die before it is remembered, and the tills have sold by then.
      { from: 'beginning' },
    )
    .implement({})
}

/** Keeps the newest sale of each till, and by hand the newest booking. */
export function mirrorService({ database, keepBooking }: MirrorRecords, leaseMs: number): Service<typeof mirror> {
  return defineService(mirror, { database, consumer: { leaseMs, retry: { attempts } } })
    .copy(Sold.pick('saleId', 'number'), { into: 'sales' })
    .copy(Booked.pick('till', 'number'), ({ till: name, number }, { db }) => keepBooking(db, { till: name, number }))
    .implement({})
}
