import type {
  AnyBulkWriteOperation,
  BulkWriteResult,
  Collection,
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
import { checkOptions } from './checks/check-options.ts'
import { checkPipeline } from './checks/check-pipeline.ts'
import type { MongodbCollection } from './collection.ts'
import type { MongodbCallOptions } from './collection-options.ts'
import { type MongodbCursor, type MongodbFindCursor, TransactionCursor, TransactionFindCursor } from './cursor.ts'
import type { HandleOptions } from './handle-options.ts'

type Update<Row extends Document> = UpdateFilter<Row> | Document[]

/** The driver's collection, with the transaction's session in every call. */
export class TransactionCollection<Row extends Document> implements MongodbCollection<Row> {
  readonly name: string
  readonly #collection: Collection<Row>
  readonly #options: HandleOptions

  constructor(options: HandleOptions, name: string) {
    this.name = name
    this.#collection = options.database.collection<Row>(name)
    this.#options = options
  }

  find(filter: Filter<Row> = {}, options?: MongodbCallOptions['find']): MongodbFindCursor<WithId<Row>> {
    return this.#find(filter, checkOptions('find', 'find', options))
  }

  async findOne(filter: Filter<Row> = {}, options?: MongodbCallOptions['find']): Promise<WithId<Row> | null> {
    const given = checkOptions('find', 'findOne', options)
    return this.#options.read((session) => this.#collection.findOne(filter, { ...given, session }))
  }

  async insertOne(document: OptionalUnlessRequiredId<Row>): Promise<InsertOneResult<Row>> {
    return this.#options.write((session) => this.#collection.insertOne(document, { session }))
  }

  async insertMany(
    documents: readonly OptionalUnlessRequiredId<Row>[],
    options?: MongodbCallOptions['insertMany'],
  ): Promise<InsertManyResult<Row>> {
    const given = checkOptions('insertMany', 'insertMany', options)
    return this.#options.write((session) => this.#collection.insertMany(documents, { ...given, session }))
  }

  async updateOne(filter: Filter<Row>, update: Update<Row>, options?: MongodbCallOptions['update']): Promise<UpdateResult<Row>> {
    const given = checkOptions('update', 'updateOne', options)
    return this.#options.write((session) => this.#collection.updateOne(filter, update, { ...given, session }))
  }

  async updateMany(filter: Filter<Row>, update: Update<Row>, options?: MongodbCallOptions['update']): Promise<UpdateResult<Row>> {
    const given = checkOptions('update', 'updateMany', options)
    return this.#options.write((session) => this.#collection.updateMany(filter, update, { ...given, session }))
  }

  async replaceOne(filter: Filter<Row>, replacement: WithoutId<Row>, options?: MongodbCallOptions['replace']): Promise<UpdateResult<Row>> {
    const given = checkOptions('replace', 'replaceOne', options)
    return this.#options.write((session) => this.#collection.replaceOne(filter, replacement, { ...given, session }))
  }

  async deleteOne(filter: Filter<Row>, options?: MongodbCallOptions['delete']): Promise<DeleteResult> {
    const given = checkOptions('delete', 'deleteOne', options)
    return this.#options.write((session) => this.#collection.deleteOne(filter, { ...given, session }))
  }

  async deleteMany(filter: Filter<Row>, options?: MongodbCallOptions['delete']): Promise<DeleteResult> {
    const given = checkOptions('delete', 'deleteMany', options)
    return this.#options.write((session) => this.#collection.deleteMany(filter, { ...given, session }))
  }

  async findOneAndUpdate(
    filter: Filter<Row>,
    update: Update<Row>,
    options?: MongodbCallOptions['findOneAnd'],
  ): Promise<WithId<Row> | null> {
    const given = checkOptions('findOneAnd', 'findOneAndUpdate', options)
    return this.#options.write((session) => this.#collection.findOneAndUpdate(filter, update, { ...given, session }))
  }

  async findOneAndReplace(
    filter: Filter<Row>,
    replacement: WithoutId<Row>,
    options?: MongodbCallOptions['findOneAnd'],
  ): Promise<WithId<Row> | null> {
    const given = checkOptions('findOneAnd', 'findOneAndReplace', options)
    return this.#options.write((session) => this.#collection.findOneAndReplace(filter, replacement, { ...given, session }))
  }

  async findOneAndDelete(filter: Filter<Row>, options?: MongodbCallOptions['findOneAnd']): Promise<WithId<Row> | null> {
    const given = checkOptions('findOneAnd', 'findOneAndDelete', options)
    return this.#options.write((session) => this.#collection.findOneAndDelete(filter, { ...given, session }))
  }

  async bulkWrite(operations: readonly AnyBulkWriteOperation<Row>[], options?: MongodbCallOptions['bulkWrite']): Promise<BulkWriteResult> {
    const given = checkOptions('bulkWrite', 'bulkWrite', options)
    return this.#options.write((session) => this.#collection.bulkWrite(operations, { ...given, session }))
  }

  async countDocuments(filter: Filter<Row> = {}, options?: MongodbCallOptions['count']): Promise<number> {
    const given = checkOptions('count', 'countDocuments', options)
    return this.#options.read((session) => this.#collection.countDocuments(filter, { ...given, session }))
  }

  async distinct<Value = unknown>(field: string, filter: Filter<Row> = {}, options?: MongodbCallOptions['distinct']): Promise<Value[]> {
    const given = checkOptions('distinct', 'distinct', options)
    // What a field holds is between the caller and the collection.
    return this.#options.read((session) => this.#collection.distinct(field, filter, { ...given, session })) as Promise<Value[]>
  }

  aggregate<Result extends Document = Document>(
    pipeline: readonly Document[],
    options?: MongodbCallOptions['aggregate'],
  ): MongodbCursor<Result> {
    const given = checkOptions('aggregate', 'aggregate', options)
    checkPipeline(pipeline)
    const stages = [...pipeline]
    return new TransactionCursor(this.#options.read, (session) => this.#collection.aggregate<Result>(stages, { ...given, session }))
  }

  #find(filter: Filter<Row>, options: MongodbCallOptions['find']): TransactionFindCursor<WithId<Row>> {
    return new TransactionFindCursor(
      this.#options.read,
      (session) => this.#collection.find(filter, { ...options, session }),
      (more) => this.#find(filter, { ...options, ...more }),
    )
  }
}
