import type { Ledger } from '@tidings/core'

/** How the cases get at the ledger that they judge. */
export interface LedgerSubject<Db = unknown> {
  /** A ledger on a new, empty database. */
  open(): Promise<Ledger<Db>>
  /** A second ledger on the database of the first, as another instance of the service has it; the first may be closed. */
  reopen(ledger: Ledger<Db>): Promise<Ledger<Db>>
  /** Writes a row of the user's own, beside the ledger's. */
  writeOwn(db: Db, key: string, value: string): Promise<void>
  /** Reads a row of the user's own; undefined when there is none. */
  readOwn(db: Db, key: string): Promise<string | undefined>
  /** After how long something that does not happen counts as never happening, in milliseconds. @default 10_000 */
  readonly patienceMs?: number
}
