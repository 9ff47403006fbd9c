import type { FinalConsumer, FinalEvent, FinalState, WantedBy } from '../../history/final-state.ts'
import { attempts } from '../worker/services.ts'
import { checkpointIn, type RoundRows, type ServiceName, type ServiceRows, serviceNames } from './round-rows.ts'

const handlers: Readonly<Record<ServiceName, readonly WantedBy[]>> = {
  till: [],
  books: [{ handler: 'till.sold', type: 'till.sold', kind: 'reaction' }],
  mirror: [{ handler: 'copy books.booked', type: 'books.booked', kind: 'copy' }],
}

/** What the log and the databases of the services hold in the end, as the checker of histories takes it. */
export function readFinal(rows: RoundRows, events: readonly FinalEvent[]): FinalState {
  return {
    events,
    closed: rows.closed,
    consumers: serviceNames.map((name) => consumerIn(rows.services[name], name)),
    staged: serviceNames.flatMap((name) => idsIn(rows.services[name], 'outbox', ({ events: staged }) => staged)),
    unfinished: [],
  }
}

function consumerIn(rows: ServiceRows, name: ServiceName): FinalConsumer {
  return {
    consumer: name,
    handlers: handlers[name],
    attempts,
    checkpoint: checkpointIn(rows),
    waiting: idsIn(rows, 'parked', ({ event }) => [event]),
    effects: rows.lines.map(({ eventId }) => ({ handler: 'till.sold', id: eventId })),
  }
}

function idsIn({ ledger }: ServiceRows, table: string, eventsOf: (row: Readonly<Record<string, unknown>>) => unknown): readonly string[] {
  return ledger(table).flatMap(({ value }) => {
    // Rows of format 1 hold whole events.
    const events = eventsOf(value as Readonly<Record<string, unknown>>) as readonly { readonly id: string }[]
    return events.map(({ id }) => id)
  })
}
