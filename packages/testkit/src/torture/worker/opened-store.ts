import type { EventLog, ServiceDatabase } from '@tidings/core'
import type { SaleRow } from '../check/round-rows.ts'

/** What the till keeps in its own database, of whatever kind that is. */
export interface TillRecords<Db = unknown> {
  readonly database: ServiceDatabase<Db>
  /** The number of the till's next sale. Two at once never both commit. */
  nextNumber(db: Db, till: string): Promise<number>
  addSale(db: Db, sale: SaleRow): Promise<void>
}

/** What the books keep. */
export interface BooksRecords<Db = unknown> {
  readonly database: ServiceDatabase<Db>
  /** Adds another line, behind those that are there. */
  addLine(db: Db, line: SaleRow & { readonly eventId: string }): Promise<void>
}

/** What the mirror keeps by hand. */
export interface MirrorRecords<Db = unknown> {
  readonly database: ServiceDatabase<Db>
  keepBooking(db: Db, booking: { readonly till: string; readonly number: number }): Promise<void>
}

/** The log and the databases of a round, as one of its processes opens them. */
export interface OpenedStore {
  /** How long an instance may be without a sign of life until another takes its lane, in milliseconds. */
  readonly leaseMs: number
  /** How many commands a process has in flight at once. */
  readonly inFlight: number
  readonly log: EventLog
  readonly till: TillRecords
  readonly books: BooksRecords
  readonly mirror: MirrorRecords
}
