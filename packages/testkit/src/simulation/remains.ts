import type { EventLog, Json, LedgerReader, StoredEvent } from '@tidings/core'
import { seededRandom } from '../seeded.ts'
import type { Remains } from './check-run.ts'
import type { Place } from './place.ts'
import { databaseFor, ownRows } from './rows.ts'
import type { Scheduler } from './scheduler.ts'

const emptyInTheEnd = ['outbox', 'outbox_keys', 'parked', 'holds', 'attempts', 'refused'] as const

/** Every event of a log, in order. */
export async function readAll(log: EventLog): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for (let after = 0; ; ) {
    const read = await log.read({ after, limit: 1_000 })
    events.push(...read.events)
    if (read.upTo === after) return events
    after = read.upTo
  }
}

/** What the databases hold in the end. */
export async function remainsOf(place: Place, scheduler: Scheduler): Promise<Omit<Remains, 'sales' | 'events' | 'failures'>> {
  const leftovers: string[] = []
  const look = async <R>(service: string, read: (reader: LedgerReader, rows: ReturnType<typeof ownRows>) => Promise<R>): Promise<R> => {
    const runtime = { clock: scheduler.clock, random: seededRandom(1), logger: { info: () => {}, warn: () => {}, error: () => {} } }
    const ledger = await databaseFor(place.databaseOf(service)).open({ service, directory: '.', runtime })
    try {
      return await ledger.read(async (tx) => {
        for (const table of emptyInTheEnd) {
          const rows = await tx.scan(table, { limit: 10 })
          if (rows.length > 0) leftovers.push(`${rows.length} rows are left in ${table} of ${service}`)
        }
        return read(tx, ownRows(tx.db))
      })
    } finally {
      await ledger.close()
    }
  }
  const soldRows = await look('till', (_reader, rows) => rows.all('sales'))
  const bookLines = await look('books', (_reader, rows) => rows.all('lines'))
  const mirror = await look('mirror', async (reader, rows) => ({
    lines: await rows.all('lines'),
    bookings: await rows.all('bookings'),
    copies: await copiesIn(reader),
  }))
  return { soldRows, bookLines, mirrorLines: mirror.lines, bookings: mirror.bookings, copies: mirror.copies, leftovers }
}

async function copiesIn(reader: LedgerReader): Promise<ReadonlyMap<string, Json | undefined>> {
  const [row] = await reader.get('copies', ['sales'])
  const { table } = row as unknown as { readonly table: string }
  const rows = await reader.scan(table, { limit: 10_000 })
  return new Map(rows.map(({ key, value }) => [key, (value as unknown as { readonly fields: Json | null }).fields ?? undefined]))
}
