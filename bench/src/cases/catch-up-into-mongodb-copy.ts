import { defineContract, defineService } from '@tidings/core'
import { mongodbDatabase } from '@tidings/event-store/mongodb'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { fillLog } from '../fill-log.ts'
import { MongodbServer } from '../mongodb/server.ts'
import { OrderPlaced } from '../orders.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'
import { catchUpOnce } from './catch-up.ts'
import { copyRowAt } from './catch-up-into-copy.ts'

const batchSize = 1_000

/** A consumer fills a copy in its service's MongoDB database from the whole log. */
export function catchUpIntoMongodbCopy(events: number): Comparison {
  return {
    name: 'MongoDB catch-up into a copy',
    against: 'bare bulkWrite upserts of the same rows, same batches, each in a transaction',
    atLeast: 0.7,
    open: () => open(events),
  }
}

async function open(events: number): Promise<Sides> {
  const directory = new TemporaryDirectory()
  const file = directory.file('log.db')
  const log = sqliteEventLog({ file })
  await fillLog(log, events)
  await log.close()
  const server = await MongodbServer.start()
  const rows = Array.from({ length: events }, (_, n) => copyRowAt(n))
  return {
    ours: () => inNewDatabase(server, (database) => ours(server, database, file, directory.file('service'), events)),
    baseline: () => inNewDatabase(server, (database) => bare(server, database, rows)),
    close: async () => {
      await server.stop()
      directory.remove()
    },
  }
}

function ours(server: MongodbServer, database: string, logFile: string, directory: string, events: number): Promise<number> {
  const copying = defineService(defineContract('copying', {}), { database: mongodbDatabase({ url: server.url, database }) })
    .copy(OrderPlaced.pick('orderId', 'customerId', 'totalCents'), { into: 'orders' })
    .implement({})
  return catchUpOnce(copying, sqliteEventLog({ file: logFile }), events, directory)
}

async function bare(server: MongodbServer, database: string, rows: readonly { key: string; value: object }[]): Promise<number> {
  const copy = await server.client.db(database).createCollection<{ _id: string; value: object }>('copy')
  return server.client.withSession((session) =>
    perSecond(rows.length, async () => {
      for (let from = 0; from < rows.length; from += batchSize) {
        session.startTransaction({ readConcern: { level: 'snapshot' } })
        await copy.bulkWrite(
          rows
            .slice(from, from + batchSize)
            .map(({ key, value }) => ({ replaceOne: { filter: { _id: key }, replacement: { value }, upsert: true } })),
          { session, ordered: false },
        )
        await session.commitTransaction()
      }
    }),
  )
}

async function inNewDatabase(server: MongodbServer, work: (database: string) => Promise<number>): Promise<number> {
  const database = server.newName()
  try {
    return await work(database)
  } finally {
    await server.drop(database)
  }
}
