import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { MongoClient } from 'mongodb'
import { clearFailPoint } from '../../faults/fail-point.ts'
import { type Mongod, startMongod } from '../../faults/start-mongod.ts'
import { startTcpProxy, type TcpProxy } from '../../faults/tcp-proxy.ts'
import { seeded } from '../../seeded.ts'
import { type RoundRows, type ServiceName, type ServiceRows, serviceNames } from '../check/round-rows.ts'
import type { RoundStore, StoreKind } from '../round/round-store.ts'
import type { Tally } from '../round/tally.ts'
import { readServiceFile } from '../sqlite/read-files.ts'
import type { Place } from '../worker/open-store.ts'
import { commandPoints } from './command-points.ts'
import { type DrawnFaults, drawFaults } from './draw-faults.ts'
import { hearsAgain } from './hears-again.ts'
import { makeCollections } from './make-collections.ts'
import { logDatabase } from './open-mongodb.ts'
import { readLog, readService } from './read-server.ts'
import { historyLost } from './weather/command-faults.ts'
import { bringOn, type Scene } from './weather/weather.ts'

/** The log and the databases of two services on a MongoDB server of the round's own, reached through a proxy; one service on SQLite. */
export const mongodbStore: StoreKind = {
  name: 'mongodb',
  points: commandPoints,
  mostWaitMs: 4_000,
  // Past the 500 ms for which readers wait for a position; past the lease of 2,500 ms and what a command may take, too.
  stops: [1_000, 3_000, 4_000],
  create: async (directory, next) => {
    const drawn = drawFaults(next)
    const onSqlite = serviceNames[Math.floor(next() * serviceNames.length)] ?? 'mirror'
    const mongod = await startMongod()
    const proxy = await startTcpProxy({ target: { port: mongod.port } })
    const options = { directory, onSqlite, drawn, startsAnew: next() < 0.5, seed: Math.floor(next() * 2 ** 32) }
    // Connected before the server is disturbed: a client whose first connection failed is closed for ever.
    await makeCollections({ store: 'mongodb', url: mongod.url, onSqlite }, directory)
    const client = await new MongoClient(mongod.url, { serverSelectionTimeoutMS: 2_000 }).connect()
    return new MongodbRound(options, { mongod, proxy, client })
  },
}

type Stage = Omit<Scene, 'next'>

interface Drawn {
  readonly directory: string
  readonly onSqlite: ServiceName
  readonly drawn: DrawnFaults
  readonly startsAnew: boolean
  readonly seed: number
}

const timesInAll = 8

class MongodbRound implements RoundStore {
  readonly faults: DrawnFaults
  readonly startsAnew: boolean
  readonly #options: Drawn
  readonly #mongod: Mongod
  readonly #proxy: TcpProxy
  readonly #client: MongoClient

  constructor(options: Drawn, { mongod, proxy, client }: Stage) {
    this.faults = options.drawn
    this.startsAnew = options.startsAnew
    this.#options = options
    this.#mongod = mongod
    this.#proxy = proxy
    this.#client = client
  }

  placeOf(): Place {
    const url = this.#mongod.url.replace(`:${this.#mongod.port}/`, `:${this.#proxy.port}/`)
    return { store: 'mongodb', url, onSqlite: this.#options.onSqlite }
  }

  async disturb(tally: Tally): Promise<readonly string[]> {
    const { drawn, seed } = this.#options
    const scene: Stage = { mongod: this.#mongod, proxy: this.#proxy, client: this.#client }
    const forgets = drawn.weather.some((faults) => faults.has(historyLost))
    const broken = forgets ? await hearsAgain(this.#mongod, this.#client) : []
    await Promise.all(drawn.weather.map((faults, i) => bringOn(faults, timesInAll, { ...scene, next: seeded(seed + i) }, tally)))
    this.#proxy.heal()
    await clearFailPoint(this.#client)
    return broken
  }

  openLog() {
    return mongodbEventLog({ url: this.#mongod.url, database: logDatabase })
  }

  async rows(): Promise<RoundRows> {
    const [till, books, mirror] = await Promise.all([this.#rowsOf('till'), this.#rowsOf('books'), this.#rowsOf('mirror')])
    return { services: { till, books, mirror }, ...(await readLog(this.#client)) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close()
    await this.#proxy[Symbol.asyncDispose]()
    await this.#mongod[Symbol.asyncDispose]()
  }

  async #rowsOf(service: ServiceName): Promise<ServiceRows> {
    const { onSqlite, directory } = this.#options
    return service === onSqlite ? readServiceFile(directory, service) : readService(this.#client, service)
  }
}
