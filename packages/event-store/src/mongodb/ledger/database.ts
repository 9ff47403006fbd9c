import { type DatabaseContext, DefinitionInvalid, type Reach, type ServiceDatabase, systemRuntime } from '@tidings/core'
import { mapReadError } from '../connection/map-error.ts'
import { MongoConnection } from '../connection/mongo-connection.ts'
import { type MongoServerOptions, readServerOptions } from '../connection/options.ts'
import { makeCollections } from './collections.ts'
import type { CollectionDeclarations } from './declared-collections.ts'
import { nameFault } from './handle/checks/collection-name.ts'
import type { MongodbHandle } from './handle/handle.ts'
import { MongodbLedger } from './ledger.ts'

/** What the user must be allowed to do; all of it is in the role readWrite. */
const actions = ['find', 'insert', 'update', 'remove', 'createCollection', 'createIndex']

/** How a service's own MongoDB database is kept. */
export interface MongodbOptions extends MongoServerOptions {
  /**
   * The service's own collections by name, with their indexes: made when the system starts, where they are missing. What is
   * not declared any more stays. @default none
   */
  readonly collections?: CollectionDeclarations
}

/**
 * A MongoDB database as a service's own, on a replica set: a transaction is acknowledged once a majority has it in its
 * journal, and reads see nothing that could be taken back.
 *
 * Transactions run side by side. Of two that write the same document one fails at once and its handler runs again. One that a
 * killed instance left open is ended by the next instance that meets it. Names of collections that begin with `tidings_` are
 * Tidings' own.
 *
 * @throws {DefinitionInvalid} An option is wrong.
 */
export function mongodbDatabase(options: MongodbOptions): ServiceDatabase<MongodbHandle> {
  checkOptions(options)
  return { open: (context) => openLedger(options, context), reach: (context) => reachOf(options, context) }
}

async function openLedger({ collections = {}, ...server }: MongodbOptions, { runtime }: DatabaseContext): Promise<MongodbLedger> {
  const connection = new MongoConnection({ ...server, runtime, actions })
  try {
    const database = await connection.database()
    await makeCollections(database)
    return new MongodbLedger({ connection, client: await connection.client(), database, runtime, collections })
  } catch (error) {
    await connection.close()
    throw mapReadError(error, connection.location)
  }
}

async function reachOf({ collections: _, ...server }: MongodbOptions, { runtime }: DatabaseContext): Promise<Reach> {
  const connection = new MongoConnection({ ...server, runtime })
  try {
    return await connection.reach()
  } finally {
    await connection.close()
  }
}

function checkOptions({ collections = {}, ...server }: MongodbOptions): void {
  readServerOptions({ ...server, runtime: systemRuntime })
  const faults = Object.keys(collections).flatMap((name) => {
    const fault = nameFault(name)
    return fault === undefined ? [] : [`collection ${JSON.stringify(name)}: ${fault}`]
  })
  if (faults.length > 0)
    throw new DefinitionInvalid({ subject: 'MongoDB database', reason: faults.join('; '), remedy: 'Give it another name.' })
}
