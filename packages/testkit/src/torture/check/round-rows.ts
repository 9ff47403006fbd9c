/** An event as the log keeps it. */
export interface LogRow {
  readonly position: number
  readonly id: string
  readonly type: string
  readonly key: string
  /** JSON. */
  readonly data: string
}

/** A sale, or the line that books it. */
export interface SaleRow {
  readonly saleId: string
  readonly till: string
  readonly number: number
}

/** A table of a service's ledger, by name: its rows, in the order of their keys. One that was never written is empty. */
type LedgerRows = (table: string) => readonly { readonly key: string; readonly value: unknown }[]

/** The services of a round, each with a database of its own. */
export const serviceNames = ['till', 'books', 'mirror'] as const

/** One of those services. */
export type ServiceName = (typeof serviceNames)[number]

/** What the log of a round holds. */
export interface LogRows {
  /** In the order of their positions. */
  readonly events: readonly LogRow[]
  /** Positions that hold no event and never will. */
  readonly closed: readonly number[]
  /** What can stand in no log, in words. */
  readonly damage: readonly string[]
}

/** What the database of one service holds; of the service's own rows, those that others keep are empty. */
export interface ServiceRows {
  readonly sales: readonly SaleRow[]
  /** In the order in which they were written. */
  readonly lines: readonly (SaleRow & { readonly eventId: string })[]
  readonly bookings: readonly { readonly till: string; readonly number: number }[]
  readonly ledger: LedgerRows
}

/** What a round has in its log and its databases, as plain rows. */
export interface RoundRows extends LogRows {
  readonly services: Readonly<Record<ServiceName, ServiceRows>>
}

/** The events of one type. */
export function ofType(events: readonly LogRow[], type: string): readonly LogRow[] {
  return events.filter((event) => event.type === type)
}

/** Where a service's consumer stands: the position up to which it has handled everything. */
export function checkpointIn({ ledger }: ServiceRows): number {
  const [lane] = ledger('lanes')
  return lane === undefined ? 0 : (lane.value as { readonly position: number }).position
}
