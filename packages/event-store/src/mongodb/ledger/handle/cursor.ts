import type { AbstractCursor, ClientSession, FindOptions } from 'mongodb'
import type { MongodbCallOptions } from './collection-options.ts'
import type { HandleOptions } from './handle-options.ts'

/** The answers of one query, read in the handler's transaction. Each reading asks anew. */
export interface MongodbCursor<Row> extends AsyncIterable<Row> {
  /** All of them. */
  toArray(): Promise<Row[]>
  /** One after the other, while other calls go on beside it. */
  [Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined>
}

/** The documents that a `find` meets. Its methods answer a cursor that asks for less, or in another order. */
export interface MongodbFindCursor<Row> extends MongodbCursor<Row> {
  /** In this order. */
  sort(sort: NonNullable<FindOptions['sort']>): MongodbFindCursor<Row>
  /** So many at most. */
  limit(limit: number): MongodbFindCursor<Row>
  /** Without so many of the first. */
  skip(skip: number): MongodbFindCursor<Row>
  /** Only these fields, as the driver's `projection` has them. */
  project<Projected = Row>(projection: NonNullable<FindOptions['projection']>): MongodbFindCursor<Projected>
}

/** A cursor that is opened in the transaction, each time that it is read. */
export class TransactionCursor<Row> implements MongodbCursor<Row> {
  readonly #read: HandleOptions['read']
  readonly #open: (session: ClientSession) => AbstractCursor<Row>

  constructor(read: HandleOptions['read'], open: (session: ClientSession) => AbstractCursor<Row>) {
    this.#read = read
    this.#open = open
  }

  toArray(): Promise<Row[]> {
    return this.#read((session) => this.#open(session).toArray())
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    const cursor = await this.#read(async (session) => this.#open(session))
    try {
      while (await this.#read(() => cursor.hasNext())) yield* cursor.readBufferedDocuments()
    } finally {
      // The end of the transaction closes it as well.
      if (!cursor.closed) await this.#read(() => cursor.close()).catch(() => {})
    }
  }
}

/** A cursor of a `find`, whose options can still be added to. */
export class TransactionFindCursor<Row> extends TransactionCursor<Row> implements MongodbFindCursor<Row> {
  readonly #again: (more: MongodbCallOptions['find']) => TransactionFindCursor<Row>

  constructor(
    read: HandleOptions['read'],
    open: (session: ClientSession) => AbstractCursor<Row>,
    again: (more: MongodbCallOptions['find']) => TransactionFindCursor<Row>,
  ) {
    super(read, open)
    this.#again = again
  }

  sort(sort: NonNullable<FindOptions['sort']>): MongodbFindCursor<Row> {
    return this.#again({ sort })
  }

  limit(limit: number): MongodbFindCursor<Row> {
    return this.#again({ limit })
  }

  skip(skip: number): MongodbFindCursor<Row> {
    return this.#again({ skip })
  }

  project<Projected = Row>(projection: NonNullable<FindOptions['projection']>): MongodbFindCursor<Projected> {
    // What a projection leaves is between the caller and itself.
    return this.#again({ projection }) as unknown as MongodbFindCursor<Projected>
  }
}
