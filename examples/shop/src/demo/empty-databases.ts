import { MongoClient, MongoServerSelectionError } from 'mongodb'
import { databaseOf } from '../database-of.ts'
import { mongodbServices } from '../shop.ts'
import { logDatabaseIn, type ShopStores } from '../shop-stores.ts'
import { DemoFault } from './demo-fault.ts'
import { seconds } from './format.ts'
import type { Screen } from './screen.ts'

/** A collection that only a demo makes: what stands beside it in a database may be dropped. */
const mark = 'shop_demo'
const patienceMs = 60_000
const tellEveryMs = 5_000

/**
 * Sees that a demo on MongoDB begins with empty databases, and says which. What an earlier demo left in them is dropped.
 *
 * @throws {DemoFault} There is no server; or a database holds what no demo made: then nothing on that server was changed.
 */
export async function emptyDatabases({ eventStoreUrl, databaseUrl }: ShopStores, screen: Screen, signal: AbortSignal): Promise<void> {
  if (eventStoreUrl !== undefined) await emptyOn(eventStoreUrl, [logDatabaseIn(eventStoreUrl)], screen, signal)
  if (databaseUrl !== undefined) await emptyOn(databaseUrl, mongodbServices.map(databaseOf), screen, signal)
}

async function emptyOn(url: string, names: readonly (string | undefined)[], screen: Screen, signal: AbortSignal): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: patienceMs })
  try {
    await connect(client, screen, signal)
    const found = await Promise.all(
      names.map(async (name) => {
        const database = client.db(name)
        const collections = await database.listCollections({}, { nameOnly: true }).toArray()
        return { database, collections: collections.map((collection) => collection.name).filter((name) => !name.startsWith('system.')) }
      }),
    )
    const foreign = found.filter(({ collections }) => collections.length > 0 && !collections.includes(mark))
    if (foreign.length > 0)
      throw notOurs(
        hostsOf(client),
        foreign.map(({ database }) => database.databaseName),
      )
    for (const { database, collections } of found) {
      signal.throwIfAborted()
      // First and for good: whatever ends this demo, the next one knows whose the rest is.
      if (collections.length === 0) await database.createCollection(mark)
      for (const name of collections) if (name !== mark) await database.dropCollection(name)
    }
    const listed = found.map(({ database }) => database.databaseName).join(', ')
    screen.line(`on MongoDB at ${hostsOf(client)}: ${listed}, until the next demo empties ${found.length === 1 ? 'it' : 'them'}`)
  } finally {
    await client.close()
  }
}

/** Connects to a server that may not be there yet. */
async function connect(client: MongoClient, screen: Screen, signal: AbortSignal): Promise<void> {
  const hosts = hostsOf(client)
  const begun = performance.now()
  const telling = setInterval(
    () => screen.line(`waiting for MongoDB at ${hosts}: ${seconds(performance.now() - begun)} of ${seconds(patienceMs)}`),
    tellEveryMs,
  )
  const giveUp = (): void => void client.close()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    signal.throwIfAborted()
    await client.connect()
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    throw new DemoFault(
      error instanceof MongoServerSelectionError
        ? `No MongoDB server was at ${hosts} within ${seconds(patienceMs)} (${reason}). Start it, or name another one, and try again.`
        : `MongoDB at ${hosts} cannot be used: ${reason}`,
    )
  } finally {
    clearInterval(telling)
    signal.removeEventListener('abort', giveUp)
  }
}

function notOurs(hosts: string, names: readonly string[]): DemoFault {
  return new DemoFault(
    `${names.join(', ')} on MongoDB at ${hosts}: not empty, and not made by a demo. Nothing there was changed. Name another server, ` +
      `or drop what nobody needs yourself, such as: mongosh "mongodb://${hosts}/${names[0]}" --eval "db.dropDatabase()"`,
  )
}

/** Never a credential. */
function hostsOf({ options }: MongoClient): string {
  return options.srvHost ?? options.hosts.join(',')
}
