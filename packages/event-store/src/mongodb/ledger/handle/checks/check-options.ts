import { StatementRefused } from '@tidings/core'
import type { MongodbCallOptions } from '../collection-options.ts'

type Kind = keyof MongodbCallOptions

const allowed: { readonly [K in Kind]: ReadonlySet<string> } = {
  find: new Set(['batchSize', 'collation', 'hint', 'let', 'limit', 'projection', 'skip', 'sort']),
  insertMany: new Set(['ordered']),
  update: new Set(['arrayFilters', 'collation', 'hint', 'let', 'upsert']),
  replace: new Set(['collation', 'hint', 'let', 'upsert']),
  delete: new Set(['collation', 'hint', 'let']),
  findOneAnd: new Set(['arrayFilters', 'collation', 'hint', 'let', 'projection', 'returnDocument', 'sort', 'upsert']),
  bulkWrite: new Set(['let', 'ordered']),
  count: new Set(['collation', 'hint', 'limit', 'skip']),
  distinct: new Set(['collation']),
  aggregate: new Set(['allowDiskUse', 'batchSize', 'collation', 'hint', 'let']),
}

/**
 * Copies the options that a call may have.
 *
 * @throws {StatementRefused} There are others: a session or a concern of its own, say, would leave the transaction.
 */
export function checkOptions<K extends Kind>(kind: K, method: string, options: MongodbCallOptions[K] | undefined): MongodbCallOptions[K] {
  if (options === undefined) return {} as MongodbCallOptions[K]
  const known = allowed[kind]
  const other = Object.keys(options).find((name) => !known.has(name))
  if (other !== undefined)
    throw new StatementRefused({
      keyword: `${method} with the option ${other}`,
      reason: `every call runs in the handler's transaction as it is; the options here are ${[...known].join(', ')}`,
    })
  return { ...options }
}
