import type { Json, LedgerReader, Runtime } from '@tidings/core'
import type { FinalConsumer } from '../history/final-state.ts'
import type { Place } from './place.ts'
import { databaseFor, ownRows } from './rows.ts'
import { attempts, handlersOf, type ServiceName, serviceNames } from './scenario.ts'

const emptyInTheEnd = ['outbox', 'outbox_keys', 'parked', 'holds', 'attempts', 'refused'] as const

/** A row that the scenario's handlers wrote. */
export interface Line {
  readonly saleId: string
  readonly till: string
  readonly number: number
  /** Counts the rows of a run, in the order in which they were written. */
  readonly order: number
  /** The id of the event that it was written for. */
  readonly eventId: string
}

/** What the databases hold in the end. */
export interface Remains {
  /** Rows of the till's own. */
  readonly soldRows: readonly Line[]
  readonly bookLines: readonly Line[]
  readonly mirrorLines: readonly Line[]
  readonly bookings: readonly Line[]
  /** The copy of each till in the mirror; undefined where it was removed or never was. */
  readonly copies: ReadonlyMap<string, Json | undefined>
  readonly consumers: readonly FinalConsumer[]
  readonly staged: readonly string[]
  /** Rows left in tables of the ledger that are empty when nothing is left to do. */
  readonly leftovers: readonly string[]
}

/** Looks into every database with a connection of its own. */
export async function remainsOf(place: Place, runtime: Runtime): Promise<Remains> {
  const leftovers: string[] = []
  const consumers: FinalConsumer[] = []
  const staged: string[] = []
  const tables = new Map<string, readonly Line[]>()
  let copies: Remains['copies'] = new Map()
  for (const service of serviceNames) {
    const ledger = await databaseFor(place.databaseOf(service)).open({ service, directory: '.', runtime })
    try {
      await ledger.prepare?.()
      await ledger.read(async (tx) => {
        for (const table of emptyInTheEnd) {
          const rows = await tx.scan(table, { limit: 10 })
          if (rows.length > 0) leftovers.push(`${rows.length} rows are left in ${table} of ${service}`)
        }
        const rows = ownRows(tx.db)
        // Only the scenario's handlers write these.
        for (const table of ['sales', 'lines', 'bookings'])
          tables.set(`${service} ${table}`, (await rows.all(table)) as unknown as readonly Line[])
        const effects = tables.get(`${service} lines`) ?? []
        consumers.push(await consumerIn(service, tx, effects))
        staged.push(...(await stagedIn(tx)))
        if (service === 'mirror') copies = await copiesIn(tx)
      })
    } finally {
      await ledger.close()
    }
  }
  const linesOf = (name: string): readonly Line[] => tables.get(name) ?? []
  return {
    soldRows: linesOf('till sales'),
    bookLines: linesOf('books lines'),
    mirrorLines: linesOf('mirror lines'),
    bookings: linesOf('mirror bookings'),
    copies,
    consumers,
    staged,
    leftovers,
  }
}

async function consumerIn(service: ServiceName, reader: LedgerReader, lines: readonly Line[]): Promise<FinalConsumer> {
  const handlers = handlersOf(service)
  const reaction = handlers.find(({ kind }) => kind === 'reaction')?.handler ?? ''
  const [lane] = await reader.scan('lanes', { limit: 1 })
  const parked = await reader.scan('parked', { limit: 10_000 })
  return {
    consumer: service,
    handlers,
    attempts,
    checkpoint: (lane?.value as { readonly position: number } | undefined)?.position ?? 0,
    waiting: parked.map(({ value }) => (value as unknown as { readonly event: { readonly id: string } }).event.id),
    effects: lines.map(({ eventId }) => ({ handler: reaction, id: eventId })),
  }
}

async function stagedIn(reader: LedgerReader): Promise<readonly string[]> {
  const rows = await reader.scan('outbox', { limit: 10_000 })
  return rows.flatMap(({ value }) =>
    (value as unknown as { readonly events: readonly { readonly id: string }[] }).events.map(({ id }) => id),
  )
}

async function copiesIn(reader: LedgerReader): Promise<ReadonlyMap<string, Json | undefined>> {
  const [row] = await reader.get('copies', ['sales'])
  if (row === undefined) return new Map()
  const { table } = row as unknown as { readonly table: string }
  const rows = await reader.scan(table, { limit: 10_000 })
  return new Map(rows.map(({ key, value }) => [key, (value as unknown as { readonly fields: Json | null }).fields ?? undefined]))
}
