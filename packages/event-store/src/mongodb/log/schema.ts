import { FormatUnknown, newId, type Runtime, StoreDamaged } from '@tidings/core'
import type { Db, Document } from 'mongodb'
import { type LogCollections, names } from './collections.ts'
import { hasCode } from './has-code.ts'
import { insertTombstones } from './positions/tombstone.ts'
import type { IdentityDocument, StateDocument } from './state-document.ts'

/** The format that this release writes. Format 1 is read too: its heads do not tell how many events were appended together. */
const logFormat = 2

const namespaceExists = 48
const indexOptionsConflict = 85
const indexKeySpecsConflict = 86
const duplicateKey = 11_000

/** Stands where no event can, and was written last: where it is, the log is whole. */
const madeMark = 0

/**
 * The identity of a log that was made; undefined where there is none. Changes nothing.
 *
 * @throws {FormatUnknown} A newer release wrote it.
 * @throws {StoreDamaged} Something else made a collection of this name.
 */
export async function identityIn(collections: LogCollections, database: Db): Promise<IdentityDocument | undefined> {
  const store = collections.location
  // In this order: whoever makes a log writes its identity before there is a collection of events.
  const found = await database.listCollections({ name: names.events }, { nameOnly: true }).toArray()
  const [identity] = await collections.find<'state', IdentityDocument>('state', { _id: 'log' })
  if (identity === undefined) {
    if (found.length === 0) return undefined
    throw new StoreDamaged({ store, reason: `something else made its collection "${names.events}"` })
  }
  const { id, format } = identity
  if (typeof id !== 'string' || typeof format !== 'number')
    throw new StoreDamaged({ store, reason: `something else made its collection "${names.state}"` })
  if (format > logFormat) throw new FormatUnknown({ store, found: format, known: logFormat })
  return identity
}

/**
 * Makes what is missing of a log, alone or together with other processes, and sees that this one may write to it.
 *
 * @throws {StoreDamaged} Something else made a collection of this name.
 * @throws The server's error where it refuses this user.
 */
export async function makeLog(collections: LogCollections, database: Db, runtime: Runtime): Promise<IdentityDocument> {
  const known = await identityIn(collections, database)
  const identity = known ?? (await makeIdentity(collections, database, runtime))
  const isWhole = known !== undefined && (await collections.find('events', { _id: madeMark })).length > 0
  if (!isWhole) await makeCollections(collections, database, identity)
  // Where it is whole this writes nothing; a user without the right to append is refused here, not at its first event.
  await insertTombstones(collections, [madeMark], 'hole')
  return identity
}

async function makeIdentity(collections: LogCollections, database: Db, runtime: Runtime): Promise<IdentityDocument> {
  await insertOnce(collections, { _id: 'log', id: newId(runtime), format: logFormat })
  const identity = await identityIn(collections, database)
  if (identity === undefined) throw new StoreDamaged({ store: collections.location, reason: 'its identity went away while it was made' })
  return identity
}

async function makeCollections(collections: LogCollections, database: Db, { id }: IdentityDocument): Promise<void> {
  const store = collections.location
  try {
    await collections.write({ create: names.events, clusteredIndex: { key: { _id: 1 }, unique: true } })
  } catch (error) {
    if (!hasCode(error, namespaceExists)) throw error
    const [found] = await database.listCollections({ name: names.events }).toArray()
    if (found === undefined || !('options' in found) || found.options?.clusteredIndex === undefined)
      throw new StoreDamaged({ store, reason: `something else made its collection "${names.events}"`, cause: error })
  }
  try {
    await collections.write({
      createIndexes: names.events,
      indexes: [
        // Sparse: tombstones have no id.
        { name: 'id', key: { id: 1 }, unique: true, sparse: true },
        { name: 'type', key: { type: 1, _id: 1 } },
      ],
    })
  } catch (error) {
    if (!hasCode(error, indexOptionsConflict, indexKeySpecsConflict)) throw error
    throw new StoreDamaged({ store, reason: `something else made an index of its collection "${names.events}"`, cause: error })
  }
  // Never by upsert: concurrent first ones race.
  await insertOnce(collections, { _id: 'counter', log: id, reserved: 0, losses: 0 })
  await insertOnce(collections, { _id: 'watermark', log: id, position: 0 })
}

/** Writes the document where none has its id. */
async function insertOnce(collections: LogCollections, document: StateDocument): Promise<void> {
  const { writeErrors = [] }: Document = await collections.write({ insert: names.state, documents: [document] })
  for (const { code } of writeErrors as { code: number }[])
    if (code !== duplicateKey)
      throw new StoreDamaged({ store: collections.location, reason: `the server refused to make it, code ${code}` })
}
