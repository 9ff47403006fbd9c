import { StatementRefused } from '@tidings/core'
import type { Document } from 'mongodb'
import { nameFault } from './checks/collection-name.ts'
import type { MongodbCollection } from './collection.ts'
import type { HandleOptions } from './handle-options.ts'
import { TransactionCollection } from './transaction-collection.ts'

/**
 * A service's MongoDB database inside a handler's transaction: every call runs in it, with no session to pass, and none
 * reaches another database. Calls run one after the other.
 *
 * A statement that the server refuses, for a duplicate key say, ends the transaction, as it does in MongoDB: look first where
 * a refusal is to be expected.
 */
export interface MongodbHandle {
  /**
   * A collection of the service's own. Declare it where the database is declared, so that it is there with its indexes; one
   * that is not is made by its first document.
   *
   * @throws {StatementRefused} The name is none, or one that Tidings keeps for itself.
   */
  collection<Row extends Document = Document>(name: string): MongodbCollection<Row>
}

/** The handle of one transaction. */
export function mongodbHandle(options: HandleOptions): MongodbHandle {
  return {
    collection: <Row extends Document>(name: string) => {
      const fault = nameFault(name)
      if (fault !== undefined) throw new StatementRefused({ keyword: `collection(${JSON.stringify(name)})`, reason: fault })
      return new TransactionCollection<Row>(options, name)
    },
  }
}
