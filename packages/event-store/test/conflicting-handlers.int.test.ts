import { defineContract, defineEvent, defineService, type ServiceDatabase, TransactionConflict } from '@tidings/core'
import { createSystem } from '@tidings/event-store'
import { memory, memoryEventLog } from '@tidings/event-store/memory'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'

const Sold = defineEvent('shop.sold', { version: 1, schema: z.object({ item: z.string() }), key: (sale) => sale.item })
const shop = defineContract('shop', { events: { Sold } })
const books = defineContract('books', {})

test('a handler whose database meets another transaction on a row runs again, and the event loses none of its attempts', async () => {
  let conflicts = 5
  const service = defineService(books, { database: memory(), consumer: { retry: { attempts: 1 } } })
    .on(Sold, async ({ item }, ctx) => {
      await ctx.db.put('sold', item, { conflicts })
      // Some databases tell of it at the write, not only at the commit.
      if (conflicts-- > 0) throw new TransactionConflict({ database: 'books' })
    })
    .implement({})
  const system = createSystem({
    services: [defineService(shop).implement({}), service],
    eventStore: memoryEventLog(),
    databases: { shop: memory() as ServiceDatabase },
  })
  onTestFinished(() => system.stop())
  await system.start()
  await system.in('shop', (ctx) => ctx.publish('Sold', { item: 'tea' }))
  await system.settled()
  expect(await system.consumer('books').parked()).toEqual([])
  expect(conflicts).toBe(-1)
})
