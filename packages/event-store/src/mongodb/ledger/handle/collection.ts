import type {
  AnyBulkWriteOperation,
  BulkWriteResult,
  DeleteResult,
  Document,
  Filter,
  InsertManyResult,
  InsertOneResult,
  OptionalUnlessRequiredId,
  UpdateFilter,
  UpdateResult,
  WithId,
  WithoutId,
} from 'mongodb'
import type { MongodbCallOptions } from './collection-options.ts'
import type { MongodbCursor, MongodbFindCursor } from './cursor.ts'

/**
 * A collection inside a handler's transaction: the driver's methods that can run in one, without those that would leave it.
 * Filters, updates and answers are the driver's.
 *
 * @throws {StatementFailed} The server refused the statement, and with it the transaction.
 * @throws {StatementRefused} An option or a stage would leave the transaction or the database.
 * @throws {ReadOnlyTransaction} A query writes.
 * @throws {TransactionConflict} Another transaction changed the same documents. The handler runs again.
 */
export interface MongodbCollection<Row extends Document = Document> {
  readonly name: string
  /** Asks when the cursor is read, not before. */
  find(filter?: Filter<Row>, options?: MongodbCallOptions['find']): MongodbFindCursor<WithId<Row>>
  /** The first document that matches, in the order that `sort` gives; null where there is none. */
  findOne(filter?: Filter<Row>, options?: MongodbCallOptions['find']): Promise<WithId<Row> | null>
  /** Adds a document; one without an `_id` gets one. */
  insertOne(document: OptionalUnlessRequiredId<Row>): Promise<InsertOneResult<Row>>
  /** Adds all of the documents. */
  insertMany(
    documents: readonly OptionalUnlessRequiredId<Row>[],
    options?: MongodbCallOptions['insertMany'],
  ): Promise<InsertManyResult<Row>>
  /** Changes the first document that matches; with `upsert` makes it where there is none. */
  updateOne(filter: Filter<Row>, update: UpdateFilter<Row> | Document[], options?: MongodbCallOptions['update']): Promise<UpdateResult<Row>>
  /** Changes every document that matches. */
  updateMany(
    filter: Filter<Row>,
    update: UpdateFilter<Row> | Document[],
    options?: MongodbCallOptions['update'],
  ): Promise<UpdateResult<Row>>
  /** Replaces the first document that matches; with `upsert` makes it where there is none. */
  replaceOne(filter: Filter<Row>, replacement: WithoutId<Row>, options?: MongodbCallOptions['replace']): Promise<UpdateResult<Row>>
  /** Removes the first document that matches, if there is one. */
  deleteOne(filter: Filter<Row>, options?: MongodbCallOptions['delete']): Promise<DeleteResult>
  /** Removes every document that matches. */
  deleteMany(filter: Filter<Row>, options?: MongodbCallOptions['delete']): Promise<DeleteResult>
  /** Answers the document as it was, or as it became where `returnDocument` is `after`. */
  findOneAndUpdate(
    filter: Filter<Row>,
    update: UpdateFilter<Row> | Document[],
    options?: MongodbCallOptions['findOneAnd'],
  ): Promise<WithId<Row> | null>
  /** Replaces a document, and answers as {@link findOneAndUpdate} does. */
  findOneAndReplace(
    filter: Filter<Row>,
    replacement: WithoutId<Row>,
    options?: MongodbCallOptions['findOneAnd'],
  ): Promise<WithId<Row> | null>
  /** Removes a document and answers it; null where there is none. */
  findOneAndDelete(filter: Filter<Row>, options?: MongodbCallOptions['findOneAnd']): Promise<WithId<Row> | null>
  /** Runs several writes in one call. */
  bulkWrite(operations: readonly AnyBulkWriteOperation<Row>[], options?: MongodbCallOptions['bulkWrite']): Promise<BulkWriteResult>
  /** How many documents match. */
  countDocuments(filter?: Filter<Row>, options?: MongodbCallOptions['count']): Promise<number>
  /** The different values of a field in the documents that match. */
  distinct<Value = unknown>(field: string, filter?: Filter<Row>, options?: MongodbCallOptions['distinct']): Promise<Value[]>
  /** Stages that only read, and collections of this database only. Asks when the cursor is read. */
  aggregate<Result extends Document = Document>(
    pipeline: readonly Document[],
    options?: MongodbCallOptions['aggregate'],
  ): MongodbCursor<Result>
}
