import { type Json, type LedgerRange, type LedgerRow, matchesWhere } from '@tidings/core'
import type { ClientSession, Collection } from 'mongodb'
import { type RowDocument, toDocument, toValue } from './row-document.ts'
import { type IdRange, idsBetween, keyIn, rowId } from './row-id.ts'
import { roughFilter } from './where-filter.ts'

/** The collection of a ledger's rows, inside one transaction. */
export interface RowAccess {
  readonly rows: Collection<RowDocument>
  readonly session: ClientSession
}

/** So many ids go into one query; 12 MB of text, were each as long as a key may be. */
const mostIds = 10_000
/** So many rows that may not be wanted come at once. */
const page = 1_000

/** The values of the keys, in the order asked. */
export async function getRows(
  { rows, session }: RowAccess,
  table: string,
  keys: readonly string[],
): Promise<readonly (Json | undefined)[]> {
  // BSON has no lone surrogates: no row has such a key, and asking for it would find another one.
  const ids = [...new Set(keys.filter((key) => key.isWellFormed()).map((key) => rowId(table, key)))]
  const found = new Map<string, Json>()
  for (let at = 0; at < ids.length; at += mostIds) {
    const some = ids.slice(at, at + mostIds)
    const [only] = some
    const filter = some.length === 1 && only !== undefined ? { _id: only } : { _id: { $in: some } }
    // One more than there can be, so that the server knows that it has come to the end and keeps no cursor.
    for (const row of await rows.find(filter, { session, batchSize: some.length + 1 }).toArray()) found.set(row._id, toValue(row))
  }
  // Asked for twice, a row is answered with objects of their own.
  const repeats = ids.length < keys.length
  return keys.map((key) => {
    const value = found.get(rowId(table, key))
    return repeats ? structuredClone(value) : value
  })
}

/** The rows of a range, in the order of their keys. */
export async function scanRows(
  access: RowAccess,
  table: string,
  ids: IdRange,
  { where = {}, limit }: LedgerRange,
): Promise<readonly LedgerRow[]> {
  const exact = Object.keys(where).length === 0
  const cursor = access.rows.find(exact ? { _id: ids } : roughFilter(ids, where), {
    session: access.session,
    sort: { _id: 1 },
    ...(exact ? { limit, batchSize: limit + 1 } : { batchSize: page }),
  })
  const found: LedgerRow[] = []
  for await (const row of cursor) {
    const value = toValue(row)
    if (!exact && !matchesWhere(value, where)) continue
    found.push({ key: keyIn(table, row._id), value })
    if (found.length === limit) break
  }
  return found
}

/** Writes the documents given, replacing those that are there, in one command. */
export async function putRows({ rows, session }: RowAccess, documents: readonly RowDocument[]): Promise<void> {
  if (documents.length === 0) return
  // Only the newest of two for one row: so their order means nothing, which is faster.
  const newest = new Map(documents.map((document) => [document._id, document]))
  await rows.bulkWrite(
    [...newest.values()].map(({ _id, ...replacement }) => ({ replaceOne: { filter: { _id }, replacement, upsert: true } })),
    { session, ordered: false },
  )
}

/** The documents of rows, copied. @throws {TypeError} A key or value is none that can be kept. */
export function toDocuments(table: string, given: readonly LedgerRow[]): readonly RowDocument[] {
  return given.map(({ key, value }) => {
    if (!key.isWellFormed()) throw new TypeError('a key holds a lone surrogate, which is no text')
    return toDocument(rowId(table, key), value)
  })
}

/** Removes rows. */
export async function removeRows({ rows, session }: RowAccess, table: string, keys: readonly string[]): Promise<void> {
  const ids = keys.filter((key) => key.isWellFormed()).map((key) => rowId(table, key))
  for (let at = 0; at < ids.length; at += mostIds) {
    await rows.deleteMany({ _id: { $in: ids.slice(at, at + mostIds) } }, { session })
  }
}

/**
 * Removes a table: its rows, for MongoDB drops no collection inside a transaction. Of two
 * transactions, one that drops and one that writes a row that is there, one fails; a row that the other makes stays.
 */
export async function dropTable({ rows, session }: RowAccess, table: string): Promise<void> {
  await rows.deleteMany({ _id: idsBetween(table) }, { session })
}
