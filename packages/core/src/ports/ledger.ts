import type { Reach } from './reach.ts'
import type { Runtime } from './runtime.ts'

/** A value that JSON can carry. Rows of the ledger are such values. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json | undefined }

/** One row of a ledger table. */
export interface LedgerRow {
  readonly key: string
  readonly value: Json
}

/** Which rows to read: keys in `[from, before)`, in ascending order of their UTF-8 bytes. */
export interface LedgerRange {
  readonly from?: string
  readonly before?: string
  /** 1 to 10,000. */
  readonly limit: number
  /**
   * Only rows whose value has, at each dotted path given, exactly this value: `{ 'fields.country': 'CH' }`. A field that is
   * absent is not null, true is not 1, and paths do not lead into arrays.
   */
  readonly where?: Readonly<Record<string, string | number | boolean | null>>
}

/** Reads of one snapshot: all see the same state of the database. */
export interface LedgerReader {
  /** The values of the keys, in the order asked; undefined where there is none. A table that does not exist is empty. */
  get(table: string, keys: readonly string[]): Promise<readonly (Json | undefined)[]>
  /** The rows of a range, in ascending order of their keys. */
  /** @throws {StatementFailed} The limit is out of bounds, or a value in `where` cannot be compared. */
  scan(table: string, range: LedgerRange): Promise<readonly LedgerRow[]>
}

/**
 * A transaction that sees its own writes. Everything in it takes effect at once or not at all.
 *
 * Two transactions that write the same row never both commit without one having seen the other: the later one waits, or
 * fails with {@link TransactionConflict}. Reads alone protect nothing (snapshot isolation).
 */
export interface LedgerTransaction<Db> extends LedgerReader {
  /** The user's handle, bound to this transaction and dead after it. Usable at once: its first call begins the transaction. */
  readonly db: Db
  /** True from the first use of anything here on. Until then no lock is held, no snapshot taken and no place in a queue. */
  readonly begun: boolean
  /** Writes rows, replacing those that exist. A table appears with its first row. */
  put(table: string, rows: readonly LedgerRow[]): Promise<void>
  /** Removes rows; keys without one are no fault. */
  remove(table: string, keys: readonly string[]): Promise<void>
  /** Removes a table with all its rows. */
  drop(table: string): Promise<void>
}

/** What a ledger adapter promises beyond the contract that all keep. */
export interface LedgerCapabilities {
  /** A committed transaction survives the end of the process and of the machine. */
  readonly durable: boolean
  /** Several processes may use the same database at once. */
  readonly sharedByProcesses: boolean
  /** Write transactions run one after the other (SQLite), or side by side and may conflict (MongoDB, memory). */
  readonly concurrency: 'serial' | 'optimistic'
  /** Which system it is, by the name that OpenTelemetry has for it: `sqlite`, `mongodb`. @default 'other' */
  readonly system?: string
}

/**
 * A service's own database, as Tidings uses it: the port that database adapters implement. It knows tables of rows by key
 * and transactions, and nothing of events, leases or copies.
 */
export interface Ledger<Db = unknown> {
  readonly capabilities: LedgerCapabilities
  /** Which database this is, for messages: a path or host and name, never a credential. */
  readonly location: string
  /**
   * Runs the work in one write transaction and commits when it resolves; rolls back when it rejects, with its error.
   * The transaction begins at the first use of `tx`, so work may look and ask elsewhere first without holding a lock;
   * work that never uses it costs nothing. Never blocks the event loop while another process holds a lock.
   *
   * @param signal Aborting it before the commit begins rolls back.
   * @throws {TransactionConflict} Rolled back; run it again.
   * @throws {StoreUnavailable} Rolled back, or never begun.
   * @throws {CommitOutcomeUnknown} Look at what is stored before repeating.
   */
  transaction<R>(work: (tx: LedgerTransaction<Db>) => Promise<R>, signal?: AbortSignal): Promise<R>
  /** Runs the work on one snapshot, taken at its first use, beside write transactions and without seeing what they have not committed. `db` refuses writes. */
  read<R>(work: (tx: LedgerReader & { readonly db: Db }) => Promise<R>, signal?: AbortSignal): Promise<R>
  /**
   * Makes the service's own tables, where the adapter does so (migrations). Called once after opening, when the ledger was
   * seen to be this service's: before that, nothing of another service's database may be changed.
   */
  prepare?(): Promise<void>
  /** Milliseconds since 1970 by the database's clock: the same for every instance of the service. */
  now(): Promise<number>
  /** Waits for open transactions and lets go of everything. */
  close(): Promise<void>
}

/** Where and for whom a database is opened. */
export interface DatabaseContext {
  readonly service: string
  /** The system's directory; embedded databases live there unless given a place of their own. */
  readonly directory: string
  readonly runtime: Runtime
}

/** A kind of database that a service can have; given to `defineService`, opened when the system starts. */
export interface ServiceDatabase<Db = unknown> {
  /** Opens the database and makes sure that it can be used. @throws {StoreUnavailable} @throws {StoreDamaged} */
  open(context: DatabaseContext): Promise<Ledger<Db>>
  /** What the database's user may touch; missing where there are no users (a file). Opens nothing that stays open. */
  reach?(context: DatabaseContext): Promise<Reach>
}
