import type { Json, LedgerRange } from './ledger.ts'

/**
 * Whether a row's value has exactly these values at these dotted paths: what `where` in a {@link LedgerRange} means. For
 * adapters whose database knows no such comparison.
 */
export function matchesWhere(value: Json, where: NonNullable<LedgerRange['where']>): boolean {
  for (const [path, wanted] of Object.entries(where)) {
    let found: unknown = value
    for (const step of path.split('.')) {
      const enters = typeof found === 'object' && found !== null && !Array.isArray(found) && Object.hasOwn(found, step)
      found = enters ? (found as Record<string, unknown>)[step] : undefined
    }
    if (found !== wanted) return false
  }
  return true
}
