import { command, defineContract, defineEvent, defineService, newId, type Runtime, type Service } from '@tidings/core'
import * as z from 'zod'
import type { WantedBy } from '../history/final-state.ts'
import { ownRows } from './rows.ts'

/** What is wrong with a sale, from the books' point of view. */
const troubles = ['none', 'twice', 'stubborn', 'hopeless'] as const

const Sold = defineEvent('till.sold', {
  version: 1,
  schema: z.object({ saleId: z.string(), till: z.string(), number: z.number().int(), trouble: z.enum(troubles) }),
  key: (sale) => sale.till,
})
const Counted = defineEvent('till.counted', {
  version: 1,
  schema: z.object({ saleId: z.string(), shelf: z.string() }),
  key: (count) => count.shelf,
})
const Closed = defineEvent('till.closed', {
  version: 1,
  schema: z.object({ till: z.string(), number: z.number().int() }),
  key: (closing) => closing.till,
})
const Booked = defineEvent('books.booked', {
  version: 1,
  schema: z.object({ saleId: z.string(), till: z.string(), number: z.number().int() }),
  key: (entry) => entry.till,
})

const sale = z.object({
  saleId: z.string(),
  till: z.string(),
  shelf: z.string(),
  trouble: z.enum(troubles),
  closes: z.boolean(),
  fails: z.boolean(),
})
export type Sale = z.infer<typeof sale>

export const till = defineContract('till', {
  events: { Sold, Counted, Closed },
  operations: { sell: command({ input: sale, output: z.object({ number: z.number() }) }) },
})
export const books = defineContract('books', { events: { Booked } })
export const mirror = defineContract('mirror', {})

/** What the handlers of one run share with its checks; nothing of it survives in a real system. */
export interface World {
  /** How often the books have failed at each sale. */
  readonly failures: Map<string, number>
  /** Counts the rows written. */
  order: number
}

/** The services, each of which runs twice. */
export const serviceNames = ['till', 'books', 'mirror'] as const
export type ServiceName = (typeof serviceNames)[number]

/** What the checks know of a service's handlers. */
export function handlersOf(service: ServiceName): readonly WantedBy[] {
  if (service === 'books') return [{ handler: 'till.sold', type: 'till.sold', kind: 'reaction' }]
  if (service === 'till') return []
  return [
    { handler: 'copy books.booked', type: 'books.booked', kind: 'copy' },
    { handler: 'books.booked', type: 'books.booked', kind: 'reaction' },
  ]
}

type Trouble = (typeof troubles)[number]

export const attempts = 4
/** How often the books fail at a sale: not enough to park it, enough for a redrive to fail too, or for ever. */
const failuresOf: Readonly<Record<Trouble, number>> = { none: 0, twice: 2, stubborn: attempts + 1, hopeless: Number.POSITIVE_INFINITY }
const consumer = { leaseMs: 2_000, retry: { attempts, baseMs: 5, maxMs: 50 }, batchSize: 8 }

/** Numbers the sales of each till, and publishes two or three events for each, of different keys. */
export function tillService(): Service<typeof till> {
  return defineService(till, { consumer }).implement({
    sell: async (input, ctx) => {
      const rows = ownRows(ctx.db)
      const last = (await rows.get('tills', input.till)) as { readonly number: number } | undefined
      const number = (last?.number ?? 0) + 1
      await rows.put('tills', input.till, { number })
      await rows.put('sales', input.saleId, { saleId: input.saleId, till: input.till, number })
      await ctx.publish('Sold', { saleId: input.saleId, till: input.till, number, trouble: input.trouble })
      await ctx.publish('Counted', { saleId: input.saleId, shelf: input.shelf })
      if (input.closes) await ctx.publish('Closed', { till: input.till, number })
      if (input.fails) throw new Error('refused after everything was written')
      return { number }
    },
  })
}

/** Writes a line for every sale, under a new key each time, so that a second one would show; and publishes a follow-up. */
export function booksService(world: World, runtime: Runtime): Service<typeof books> {
  return defineService(books, { consumer })
    .on(
      Sold,
      async ({ saleId, till: name, number, trouble }, ctx) => {
        const failed = world.failures.get(saleId) ?? 0
        const eventId = ctx.meta.id
        await ownRows(ctx.db).put('lines', newId(runtime), { saleId, till: name, number, order: world.order++, eventId })
        await ctx.publish('Booked', { saleId, till: name, number })
        if (failed < failuresOf[trouble]) {
          world.failures.set(saleId, failed + 1)
          throw new Error(`trouble: ${trouble}`)
        }
      },
      { from: 'beginning' },
    )
    .implement({})
}

/**
 * Keeps the newest sale of each open till, by hand the newest booking, and a line for each booking. In half of its lives it
 * may call another service: then each booking is handled alone, its copies before the reaction.
 */
export function mirrorService(world: World, runtime: Runtime): Service<typeof mirror> {
  return defineService(mirror, { consumer, uses: runtime.random.next() < 0.5 ? { till } : {} })
    .copy(Sold.pick('saleId', 'number'), { into: 'sales' })
    .copy(Closed, { removeFrom: 'sales' })
    .copy(Booked.pick('till', 'number'), async ({ till: name, number }, { db }) => {
      await ownRows(db).put('bookings', name, { till: name, number })
    })
    .on(
      Booked,
      async ({ saleId, till: name, number }, ctx) => {
        const eventId = ctx.meta.id
        await ownRows(ctx.db).put('lines', newId(runtime), { saleId, till: name, number, order: world.order++, eventId })
      },
      { from: 'beginning' },
    )
    .implement({})
}

const tills = 4
const shelves = 2

/** The sales of a run: the same for the same numbers. */
export function salesOf(count: number, next: () => number): readonly Sale[] {
  return Array.from({ length: count }, (_, i) => ({
    saleId: `sale-${i}`,
    till: `till-${Math.floor(next() * tills)}`,
    shelf: `shelf-${Math.floor(next() * shelves)}`,
    trouble: next() < 0.65 ? 'none' : (troubles[1 + Math.floor(next() * 3)] ?? 'none'),
    closes: next() < 0.1,
    fails: next() < 0.1,
  }))
}
