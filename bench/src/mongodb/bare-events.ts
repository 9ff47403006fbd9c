import type { NewEvent } from '@tidings/core'
import { type Collection, MongoClient } from 'mongodb'

/** An event as the log on MongoDB stores it. */
interface EventDocument {
  readonly _id: number
  readonly id: string
  readonly type: string
  readonly version: number
  readonly key: string
  readonly service: string
  readonly time: string
  readonly correlationId: string
  readonly encoding: string
  readonly data: string
}

/** The same collection, indexes and concerns as the log's, written and read with nothing but the driver. */
export class BareEvents {
  readonly collection: Collection<EventDocument>
  readonly #client: MongoClient

  private constructor(client: MongoClient, name: string) {
    this.#client = client
    this.collection = client.db().collection(name)
  }

  /** @param name Of the collection: the log's own, to read it. */
  static async open(url: string, name = 'bare'): Promise<BareEvents> {
    const client = new MongoClient(url, { writeConcern: { w: 'majority', journal: true }, readConcern: { level: 'majority' } })
    await client.connect()
    return new BareEvents(client, name)
  }

  async make(): Promise<void> {
    const database = this.#client.db()
    await database.createCollection(this.collection.collectionName, { clusteredIndex: { key: { _id: 1 }, unique: true } })
    await database.command({
      createIndexes: this.collection.collectionName,
      indexes: [
        { name: 'id', key: { id: 1 }, unique: true, sparse: true },
        { name: 'type', key: { type: 1, _id: 1 } },
      ],
    })
  }

  /** Reads every event in order, with its data decoded. @returns How many there were. */
  async read(): Promise<number> {
    let events = 0
    for await (const { data } of this.collection.find({ _id: { $gt: 0 } }, { sort: { _id: 1 }, batchSize: 1_000 })) {
      JSON.parse(data)
      events++
    }
    return events
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** The document of an event. */
export function documentOf(event: NewEvent, position: number): EventDocument {
  const { id, type, version, key, service, time, correlationId, encoding, data } = event
  return { _id: position, id, type, version, key, service, time, correlationId, encoding, data }
}
