import type { BrokenLedger } from './break-ledger.ts'
import { brokenLifetimes } from './broken-lifetimes.ts'
import { brokenRows } from './broken-rows.ts'
import { brokenTransactions } from './broken-transactions.ts'

/** Ledgers at fault, each of which a case of the conformance suite must find. */
export const brokenLedgers: readonly BrokenLedger[] = [...brokenTransactions, ...brokenRows, ...brokenLifetimes]
