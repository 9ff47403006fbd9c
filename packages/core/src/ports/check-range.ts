import { StatementFailed } from '../errors/ledger-errors.ts'
import type { LedgerRange } from './ledger.ts'

/** The most rows that one scan of a ledger may ask for. */
const mostRows = 10_000

/**
 * Checks what a scan asks for. For adapters: databases understand a limit of -1 or a NaN each in their own way.
 *
 * @throws {StatementFailed}
 */
export function checkRange({ limit, where = {} }: LedgerRange, database: string): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostRows) {
    throw new StatementFailed({ database, reason: `${limit} rows were asked for, which is not 1 to ${mostRows.toLocaleString('en')}` })
  }
  for (const [path, value] of Object.entries(where)) {
    const fits = value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
    if (!fits) throw new StatementFailed({ database, reason: `${path} cannot be compared with a value of type ${typeof value}` })
  }
}
