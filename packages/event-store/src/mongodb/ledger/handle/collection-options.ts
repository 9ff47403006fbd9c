import type {
  AggregateOptions,
  BulkWriteOptions,
  CountDocumentsOptions,
  DeleteOptions,
  DistinctOptions,
  FindOneAndUpdateOptions,
  FindOptions,
  ReplaceOptions,
  UpdateOptions,
} from 'mongodb'

/** Options of the driver that mean the same inside a handler's transaction. Any other is refused. */
export interface MongodbCallOptions {
  readonly find: Pick<FindOptions, 'batchSize' | 'collation' | 'hint' | 'let' | 'limit' | 'projection' | 'skip' | 'sort'>
  readonly insertMany: { readonly ordered?: boolean }
  readonly update: Pick<UpdateOptions, 'arrayFilters' | 'collation' | 'hint' | 'let' | 'upsert'>
  readonly replace: Pick<ReplaceOptions, 'collation' | 'hint' | 'let' | 'upsert'>
  readonly delete: Pick<DeleteOptions, 'collation' | 'hint' | 'let'>
  readonly findOneAnd: Pick<
    FindOneAndUpdateOptions,
    'arrayFilters' | 'collation' | 'hint' | 'let' | 'projection' | 'returnDocument' | 'sort' | 'upsert'
  >
  readonly bulkWrite: Pick<BulkWriteOptions, 'let' | 'ordered'>
  readonly count: Pick<CountDocumentsOptions, 'collation' | 'hint' | 'limit' | 'skip'>
  readonly distinct: Pick<DistinctOptions, 'collation'>
  readonly aggregate: Pick<AggregateOptions, 'allowDiskUse' | 'batchSize' | 'collation' | 'hint' | 'let'>
}
