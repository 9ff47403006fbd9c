import type { Json, LedgerReader, LedgerTransaction, NewEvent, Position, StoredEvent } from '@tidings/core'

/** The format of every row that this release writes. A newer one is refused at start (`FormatUnknown`). */
export const ledgerFormat = 1

/** Whose database this is. Key: `owner`. */
export interface OwnerRow {
  readonly format: number
  readonly service: string
  readonly logId: string
}

/** One instance of a service. */
export interface Holder {
  readonly instance: string
  /** The machine and process namespace in which `pid` means something. */
  readonly host: string
  readonly pid: number
  /** The machine's name, for people; early rows have none. */
  readonly machine?: string
}

/** Where one lane of a consumer stands and who works on it. Key: consumer, lane. */
export interface LaneRow {
  readonly logId: string
  readonly position: Position
  /** Id of the event at `position`; null at 0. */
  readonly eventId: string | null
  readonly epoch: number
  readonly holder: Holder | null
  /** Until when the holder's lease lasts, by the database's clock. */
  readonly until: number
  /** When the row was last written, by the database's clock. */
  readonly updatedAt: number
  /** The position at which a holder last died, as far as its successor could see. */
  readonly diedAt?: Position
}

/**
 * The holder's last sign of life while its work gave none. A row of its own: a sign in the lane's row would meet every step
 * that takes longer, and the step could never commit. Key: consumer, lane.
 */
interface LaneSignRow {
  /** Of the lease that it extends. */
  readonly epoch: number
  /** Until when the lease lasts, by the database's clock. */
  readonly until: number
  readonly at: number
}

/** How far one handler has handled its type. Key: consumer, lane, handler. */
export interface ProgressRow {
  readonly type: string
  /** Handled after this position … */
  readonly since: Position
  /** … up to this one; null while the handler follows the lane. */
  readonly upTo: Position | null
  /** What the handler declared: a hand-written copy with another definition is written anew. */
  readonly definition: string
}

/** An event that failed for good, or is held behind one. Key: consumer, lane, service, key, position. */
export interface ParkedRow {
  readonly state: 'parked' | 'held'
  readonly event: StoredEvent
  /** The handlers that missed it, copies as `copy <name>`; null for all. */
  readonly handlers: readonly string[] | null
  readonly attempts: number
  readonly error: { readonly code: string; readonly message: string } | null
  /** When it was parked or held, by the database's clock. */
  readonly at: number
}

/** That a key has parked or held events. Written with every change of them, so that two transactions cannot miss each other. Key: consumer, lane, service, key. */
interface HoldRow {
  readonly entries: number
}

/** How often the event in hand was tried. Key: consumer, lane, and the handler or copy where it is the one that makes up for something. */
interface AttemptsRow {
  readonly position: Position
  readonly attempts: number
  readonly error: { readonly code: string; readonly message: string } | null
  readonly firstAt: number
}

/** What an operator gave up. Key: consumer, lane, position. */
interface DiscardedRow {
  readonly event: StoredEvent
  readonly reason: string
  readonly at: number
}

/** Events staged by one transaction, or a part of them. Key: its id. */
export interface StagedRow {
  readonly events: readonly NewEvent[]
  /** Ids of the rows that must be in the log before this one: those that last staged one of its keys. */
  readonly after: readonly string[]
  readonly stagedAt: number
}

/** Which row staged the newest event of a key. Key: the event's key. */
interface StagedKeyRow {
  readonly last: string
}

/** A staged event that the log refuses for good. Key: its id. */
interface RefusedRow {
  readonly event: NewEvent
  readonly error: { readonly code: string; readonly message: string }
  readonly at: number
}

/** The answer given to an idempotency key. Key: operation, principal, key. */
export interface AnswerRow {
  readonly fingerprint: string
  readonly output: Json
  readonly expiresAt: number
}

/** When an answer expires, so that those that have can be found without a look at the others. Key: the time, the answer's key. */
interface AnswerExpiryRow {
  readonly answer: string
}

/** Which definition of a copy is served, and from which table. Key: the copy's name. */
export interface CopyRow {
  readonly definition: string
  readonly table: string
  readonly generation: number
  /** Fed up to this position, by code that has the copy no more; null while the lane feeds it. */
  readonly upTo: Position | null
}

/** A copy being built beside the served one. Key: the copy's name, the table. */
interface CopyBuildRow {
  readonly instance: string
}

/** A table that nothing is served from any more, to be removed. Key: the table. */
interface CopyLeftoverRow {
  readonly copy: string
}

/** The ledger's tables and what their rows hold. */
export interface LedgerTables {
  readonly meta: OwnerRow
  readonly lanes: LaneRow
  readonly lane_signs: LaneSignRow
  readonly progress: ProgressRow
  readonly parked: ParkedRow
  readonly holds: HoldRow
  readonly attempts: AttemptsRow
  readonly discarded: DiscardedRow
  readonly outbox: StagedRow
  readonly outbox_keys: StagedKeyRow
  readonly refused: RefusedRow
  readonly answers: AnswerRow
  readonly answer_expiries: AnswerExpiryRow
  readonly copies: CopyRow
  readonly copy_builds: CopyBuildRow
  readonly copy_leftovers: CopyLeftoverRow
}

/** Reads rows of a table of ours. */
export async function getRows<T extends keyof LedgerTables>(
  reader: LedgerReader,
  table: T,
  keys: readonly string[],
): Promise<readonly (LedgerTables[T] | undefined)[]> {
  // Only putRow writes these tables, and the owner's format was checked at start.
  return (await reader.get(table, keys)) as unknown as readonly (LedgerTables[T] | undefined)[]
}

/** Reads one row of a table of ours. */
export async function getRow<T extends keyof LedgerTables>(
  reader: LedgerReader,
  table: T,
  key: string,
): Promise<LedgerTables[T] | undefined> {
  return (await getRows(reader, table, [key]))[0]
}

/** Reads a range of a table of ours. */
export async function scanRows<T extends keyof LedgerTables>(
  reader: LedgerReader,
  table: T,
  range: { readonly from?: string; readonly before?: string; readonly limit: number },
): Promise<readonly { readonly key: string; readonly value: LedgerTables[T] }[]> {
  return (await reader.scan(table, range)) as unknown as readonly { readonly key: string; readonly value: LedgerTables[T] }[]
}

/** Writes rows of a table of ours. */
export async function putRows<T extends keyof LedgerTables>(
  tx: LedgerTransaction<unknown>,
  table: T,
  rows: readonly { readonly key: string; readonly value: LedgerTables[T] }[],
): Promise<void> {
  // Every row type above is plain JSON; interfaces only lack the index signature that Json asks for.
  if (rows.length > 0) await tx.put(table, rows as unknown as readonly { key: string; value: Json }[])
}

/** Writes one row of a table of ours. */
export async function putRow<T extends keyof LedgerTables>(
  tx: LedgerTransaction<unknown>,
  table: T,
  key: string,
  value: LedgerTables[T],
): Promise<void> {
  await putRows(tx, table, [{ key, value }])
}
