import { atomicity } from './atomicity.ts'
import { concurrency } from './concurrency.ts'
import { isolation } from './isolation.ts'
import type { LedgerCase } from './ledger-trial.ts'
import { lifetime } from './lifetime.ts'
import { rows } from './rows.ts'

/** What every ledger adapter promises. Run each case whose `requires` the ledger's capabilities fulfil. */
export const ledgerConformance: readonly LedgerCase[] = [...atomicity, ...isolation, ...concurrency, ...rows, ...lifetime]
