export type { ConformanceCase } from './conformance/conformance-case.ts'
export { ledgerConformance } from './conformance/ledger/ledger-conformance.ts'
export type { LedgerSubject } from './conformance/ledger/ledger-subject.ts'
export type { LedgerCase } from './conformance/ledger/ledger-trial.ts'
