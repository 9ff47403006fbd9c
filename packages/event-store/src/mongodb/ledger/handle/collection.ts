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
  findOne(filter?: Filter<Row>, options?: MongodbCallOptions['find']): Promise<WithId<Row> | null>
  insertOne(document: OptionalUnlessRequiredId<Row>): Promise<InsertOneResult<Row>>
  insertMany(
    documents: readonly OptionalUnlessRequiredId<Row>[],
    options?: MongodbCallOptions['insertMany'],
  ): Promise<InsertManyResult<Row>>
  updateOne(filter: Filter<Row>, update: UpdateFilter<Row> | Document[], options?: MongodbCallOptions['update']): Promise<UpdateResult<Row>>
  updateMany(
    filter: Filter<Row>,
    update: UpdateFilter<Row> | Document[],
    options?: MongodbCallOptions['update'],
  ): Promise<UpdateResult<Row>>
  replaceOne(filter: Filter<Row>, replacement: WithoutId<Row>, options?: MongodbCallOptions['replace']): Promise<UpdateResult<Row>>
  deleteOne(filter: Filter<Row>, options?: MongodbCallOptions['delete']): Promise<DeleteResult>
  deleteMany(filter: Filter<Row>, options?: MongodbCallOptions['delete']): Promise<DeleteResult>
  /** Answers the document as it was, or as it became where `returnDocument` is `after`. */
  findOneAndUpdate(
    filter: Filter<Row>,
    update: UpdateFilter<Row> | Document[],
    options?: MongodbCallOptions['findOneAnd'],
  ): Promise<WithId<Row> | null>
  findOneAndReplace(
    filter: Filter<Row>,
    replacement: WithoutId<Row>,
    options?: MongodbCallOptions['findOneAnd'],
  ): Promise<WithId<Row> | null>
  findOneAndDelete(filter: Filter<Row>, options?: MongodbCallOptions['findOneAnd']): Promise<WithId<Row> | null>
  bulkWrite(operations: readonly AnyBulkWriteOperation<Row>[], options?: MongodbCallOptions['bulkWrite']): Promise<BulkWriteResult>
  countDocuments(filter?: Filter<Row>, options?: MongodbCallOptions['count']): Promise<number>
  distinct<Value = unknown>(field: string, filter?: Filter<Row>, options?: MongodbCallOptions['distinct']): Promise<Value[]>
  /** Stages that only read, and collections of this database only. Asks when the cursor is read. */
  aggregate<Result extends Document = Document>(
    pipeline: readonly Document[],
    options?: MongodbCallOptions['aggregate'],
  ): MongodbCursor<Result>
}
