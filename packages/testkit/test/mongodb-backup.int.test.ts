import { defineContract, defineEvent, defineService, newId, systemRuntime } from '@tidings/core'
import { createSystem, LogDiverged } from '@tidings/event-store'
import { mongodbDatabase, mongodbEventLog } from '@tidings/event-store/mongodb'
import type { Db, MongoClient } from 'mongodb'
import { expect, inject, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { describeWithMongod } from './mongod.ts'
import { type Dump, dump, restore } from './mongodb-dump.ts'
import { clientFor } from './open-mongodb-log.ts'
import { quietRuntime } from './quiet-runtime.ts'

const Sold = defineEvent('sales.sold', { version: 1, schema: z.object({ saleId: z.string() }), key: ({ saleId }) => saleId })

type Row = { readonly _id: string }

/** A service that takes sales and one that books them, a log, and the three databases that they are in. */
class Shop {
  readonly #url: (database: string) => string
  readonly #client: MongoClient
  readonly #prefix = `backup-${newId(systemRuntime)}`
  #sold = 0

  private constructor(server: string, client: MongoClient) {
    this.#url = (database) => server.replace('/?', `/${this.#prefix}-${database}?`)
    this.#client = client
  }

  static async make(): Promise<Shop> {
    const server = inject('mongodbUrl') ?? ''
    const shop = new Shop(server, await clientFor(server))
    onTestFinished(async () => {
      for (const name of ['sales', 'books', 'log']) await shop.database(name).dropDatabase()
    })
    return shop
  }

  database(name: string): Db {
    return this.#client.db(`${this.#prefix}-${name}`)
  }

  /** Starts both services, sells while `work` runs, and stops when all is booked. */
  async open(work: (sell: (count: number) => Promise<void>) => Promise<void>): Promise<void> {
    const system = this.#system()
    try {
      await system.start()
      await work(async (count) => {
        for (let n = 0; n < count; n++) {
          await system.in('sales', async (ctx) => {
            const saleId = `sale-${++this.#sold}`
            await ctx.db.collection<Row>('sales').insertOne({ _id: saleId })
            await ctx.publish('Sold', { saleId })
          })
        }
      })
      await system.settled({ timeoutMs: 30_000 })
    } finally {
      await system.stop()
    }
  }

  idsIn(name: 'sales' | 'books'): Promise<string[]> {
    return this.database(name).collection<Row>(name).distinct('_id')
  }

  #system() {
    const database = (name: string) => mongodbDatabase({ url: this.#url(name), collections: { [name]: {} } })
    const sales = defineService(defineContract('sales', { events: { Sold } }), { database: database('sales') }).implement({})
    const books = defineService(defineContract('books', {}), { database: database('books') })
      .on(Sold, async ({ saleId }, ctx) => void (await ctx.db.collection<Row>('books').insertOne({ _id: saleId })), { from: 'beginning' })
      .implement({})
    return createSystem({
      services: [sales, books],
      eventStore: mongodbEventLog({ url: this.#url('log'), runtime: quietRuntime }),
      runtime: quietRuntime,
    })
  }
}

async function dumpAll(shop: Shop): Promise<Record<'sales' | 'books' | 'log', Dump>> {
  // In the order of the guide: the services first, then the log.
  return { sales: await dump(shop.database('sales')), books: await dump(shop.database('books')), log: await dump(shop.database('log')) }
}

function eventsIn(log: Dump): unknown {
  return log.find(({ name }) => name === 'events')
}

describeWithMongod('backups on MongoDB', () => {
  test('a restored log that is older than its services is refused and left as it is; with the databases of the same backup all goes on', async () => {
    const shop = await Shop.make()
    await shop.open((sell) => sell(5))
    const backup = await dumpAll(shop)
    await shop.open((sell) => sell(5))

    await restore(shop.database('log'), backup.log)
    const refused: unknown = await shop.open((sell) => sell(1)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(LogDiverged)
    expect(refused).toMatchObject({
      divergences: [{ service: 'books', found: expect.stringMatching(/at position \d+, but the log ends at \d+$/) }],
    })
    expect(eventsIn(await dump(shop.database('log')))).toEqual(eventsIn(backup.log))

    await restore(shop.database('sales'), backup.sales)
    await restore(shop.database('books'), backup.books)
    await shop.open((sell) => sell(3))
    expect(await shop.idsIn('sales')).toHaveLength(8)
    expect(await shop.idsIn('books')).toEqual(await shop.idsIn('sales'))
  })

  test('a log that is accepted as it is fills the empty database of a service that lives from events', async () => {
    const shop = await Shop.make()
    await shop.open((sell) => sell(5))
    const log = await dump(shop.database('log'))
    await shop.open((sell) => sell(5))
    await restore(shop.database('log'), log)
    await expect(shop.open(async () => {})).rejects.toThrow(LogDiverged)

    await shop.database('books').dropDatabase()
    await shop.open((sell) => sell(1))
    expect(await shop.idsIn('books')).toHaveLength(6)
  })

  test('a backup made while work goes on, the services before the log, loses no sale that it holds and books none twice', async () => {
    const shop = await Shop.make()
    let backup: Record<'sales' | 'books' | 'log', Dump> | undefined
    await shop.open(async (sell) => {
      const selling = Promise.all([sell(40), sell(40)])
      backup = await dumpAll(shop)
      await selling
    })
    for (const [name, dumped] of Object.entries(backup ?? {})) await restore(shop.database(name), dumped)
    await shop.open(async () => {})
    const booked = await shop.idsIn('books')
    expect(booked).toEqual(expect.arrayContaining(await shop.idsIn('sales')))
    const events = await shop.database('log').collection('events').countDocuments({ type: Sold.name })
    expect(booked).toHaveLength(events)
  })
})
