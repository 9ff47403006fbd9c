import type { LedgerRange } from '@tidings/core'
import type { Filter } from 'mongodb'
import { isPlainName, type RowDocument } from './row-document.ts'
import type { IdRange } from './row-id.ts'

type Where = NonNullable<LedgerRange['where']>

/**
 * A filter that lets every row pass that has these values at these paths, and perhaps others: MongoDB takes absent for null
 * and looks into arrays. Whoever uses it compares what comes back once more.
 */
export function roughFilter(ids: IdRange, where: Where): Filter<RowDocument> {
  const conditions = Object.entries(where).filter(([path, value]) => isComparable(path, value))
  if (conditions.length === 0) return { _id: ids }
  const asValue = Object.fromEntries(conditions.map(([path, value]) => [`value.${path}`, value]))
  return { _id: ids, $or: [{ json: { $exists: true } }, asValue] }
}

function isComparable(path: string, value: unknown): boolean {
  return path.split('.').every(isPlainName) && (typeof value !== 'string' || value.isWellFormed())
}
