import { command, defineContract, defineEvent, defineService, query } from '@tidings/core'
import { sqlite } from '@tidings/event-store/sqlite'
import * as z from 'zod'

const Stocked = defineEvent('store.stocked', {
  version: 1,
  schema: z.object({ item: z.string(), amount: z.number() }),
  key: (stock) => stock.item,
})
export const store = defineContract('store', {
  events: { Stocked },
  operations: {
    take: command({
      input: z.object({ item: z.string(), amount: z.number().int().positive() }),
      output: z.object({ left: z.number() }),
      errors: { TooFew: z.object({ left: z.number() }) },
      access: 'public',
    }),
    stock: command({ input: z.object({ item: z.string(), amount: z.number().int() }), output: z.object({}), access: 'public' }),
  },
})
const Sold = defineEvent('till.sold', {
  version: 1,
  schema: z.object({ item: z.string(), amount: z.number(), left: z.number() }),
  key: (sale) => sale.item,
})
export const till = defineContract('till', {
  events: { Sold },
  operations: {
    sell: command({
      input: z.object({ item: z.string(), amount: z.number().int() }),
      output: z.object({ left: z.number() }),
      access: 'public',
    }),
    sold: query({ input: z.object({}), output: z.array(z.object({ item: z.string(), amount: z.number() })), access: 'public' }),
  },
})

export const storeService = defineService(store, {
  database: sqlite({ migrations: ['create table items (item text primary key, amount integer not null) strict'] }),
}).implement({
  stock: async ({ item, amount }, ctx) => {
    await ctx.db.run('insert into items values (?, ?) on conflict (item) do update set amount = amount + excluded.amount', item, amount)
    await ctx.publish('Stocked', { item, amount })
    return {}
  },
  take: async ({ item, amount }, ctx) => {
    const found = await ctx.db.get<{ amount: number }>('select amount from items where item = ?', item)
    const left = (found?.amount ?? 0) - amount
    if (left < 0) return ctx.fail('TooFew', { left: found?.amount ?? 0 })
    await ctx.db.run('update items set amount = ? where item = ?', left, item)
    return { left }
  },
})
export const tillService = defineService(till, {
  uses: { store },
  database: sqlite({ migrations: ['create table sales (number integer primary key, item text, amount integer) strict'] }),
})
  .copy(Stocked.pick('item', 'amount'), { into: 'stocked' })
  .implement({
    sell: async ({ item, amount }, ctx) => {
      const { left } = await ctx.call.store.take({ item, amount })
      await ctx.db.run('insert into sales (item, amount) values (?, ?)', item, amount)
      await ctx.publish('Sold', { item, amount, left })
      return { left }
    },
    sold: async (_input, ctx) => ctx.db.all('select item, amount from sales order by number'),
  })
