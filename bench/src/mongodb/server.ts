import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { MongoClient } from 'mongodb'
import { MongoMemoryReplSet } from 'mongodb-memory-server-core'

/** Whether there is a server to measure on. */
export const hasMongodb = (process.env.MONGOMS_SYSTEM_BINARY ?? '') !== ''

/** A MongoDB server of a comparison's own, on files that are removed with it, and a bare client of it. */
export class MongodbServer {
  readonly client: MongoClient
  readonly #server: MongoMemoryReplSet
  #databases = 0

  private constructor(server: MongoMemoryReplSet, client: MongoClient) {
    this.#server = server
    this.client = client
  }

  /** Starts the program that MONGOMS_SYSTEM_BINARY names; nothing is ever downloaded. */
  static async start(): Promise<MongodbServer> {
    const systemBinary = resolve(process.env.MONGOMS_SYSTEM_BINARY ?? 'mongod')
    await access(systemBinary, constants.X_OK)
    process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false'
    process.env.MONGOMS_RUNTIME_DOWNLOAD = 'false'
    const server = await MongoMemoryReplSet.create({ binary: { systemBinary }, replSet: { count: 1, storageEngine: 'wiredTiger' } })
    // Acknowledged as the library's own writes are.
    const client = new MongoClient(server.getUri(), { writeConcern: { w: 'majority', journal: true } })
    return new MongodbServer(server, await client.connect())
  }

  get url(): string {
    return this.#server.getUri()
  }

  /** The URL of a database. */
  urlOf(database: string): string {
    const url = new URL(this.url)
    url.pathname = `/${database}`
    return url.href
  }

  /** A name that no database has yet. */
  newName(): string {
    return `bench-${++this.#databases}`
  }

  async drop(database: string): Promise<void> {
    await this.client.db(database).dropDatabase()
  }

  async stop(): Promise<void> {
    await this.client.close()
    await this.#server.stop()
  }
}
