import type { ClientSession, Document, Filter, FindOptions } from 'mongodb'
import type { MongoConnection } from '../connection/mongo-connection.ts'
import type { EventDocument, Tombstone } from './event-document.ts'
import type { StateDocument } from './state-document.ts'

/** The collections of a log, by what they hold. */
export const names = { events: 'events', state: 'tidings_log' } as const

interface Documents {
  readonly events: EventDocument | Tombstone
  readonly state: StateDocument
}

type Time = Pick<ClientSession, 'operationTime' | 'clusterTime'>

/**
 * The collections of a log. Every call runs after all those that were answered before it, on whatever server (causally
 * consistent sessions), reads what a majority has and writes to a majority's journals.
 */
export class LogCollections {
  readonly location: string
  readonly #connection: MongoConnection
  #time: Time | undefined

  constructor(connection: MongoConnection) {
    this.#connection = connection
    this.location = connection.location
  }

  /**
   * Runs a command that writes, once: what repeats it decides by what is there.
   *
   * @returns The server's own answer, which tells of every document that it refused and why; `insertMany` leaves parts out.
   * @throws The driver's error, also where the write was done and its acknowledgement by a majority failed.
   */
  async write(command: Document, signal?: AbortSignal): Promise<Document> {
    const database = await this.#connection.database()
    const concerned = { ...command, writeConcern: { w: 'majority', j: true } }
    return this.#inOrder(database.client, (session) =>
      database.command(concerned, signal === undefined ? { session } : { session, signal }),
    )
  }

  /** Reads what the filter matches: bounded by an index on both sides, so that no log is too long for it. */
  async find<N extends keyof Documents, D = Documents[N]>(
    name: N,
    filter: Filter<Documents[N]>,
    options: FindOptions & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<D[]> {
    const database = await this.#connection.database()
    const { signal, ...rest } = options
    return this.#inOrder(database.client, (session) => {
      const collection = database.collection<Documents[N]>(names[name])
      const cursor = collection.find(filter, { readConcern: 'majority', ...rest, ...(signal === undefined ? {} : { signal }), session })
      return cursor.toArray() as unknown as Promise<D[]>
    })
  }

  async #inOrder<R>(client: { startSession(): ClientSession }, work: (session: ClientSession) => Promise<R>): Promise<R> {
    const session = client.startSession()
    try {
      if (this.#time?.clusterTime !== undefined) session.advanceClusterTime(this.#time.clusterTime)
      if (this.#time?.operationTime !== undefined) session.advanceOperationTime(this.#time.operationTime)
      return await work(session)
    } finally {
      this.#remember(session)
      await session.endSession()
    }
  }

  #remember({ operationTime, clusterTime }: Time): void {
    const known = this.#time?.operationTime
    if (operationTime !== undefined && (known === undefined || operationTime.greaterThan(known)))
      this.#time = { operationTime, clusterTime }
  }
}
