import { DatabaseSync } from 'node:sqlite'
import { defineContract, defineService } from '@tidings/core'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { fillLog } from '../fill-log.ts'
import { eventAt, OrderPlaced, orderAt } from '../orders.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'
import { catchUpOnce } from './catch-up.ts'

const batchSize = 1_000
const copying = defineService(defineContract('copying', {}))
  .copy(OrderPlaced.pick('orderId', 'customerId', 'totalCents'), { into: 'orders' })
  .implement({})

/** A consumer fills a copy from the whole log. */
export function catchUpIntoCopy(events: number): Comparison {
  return { name: 'catch-up into a copy', against: 'bare upserts of the same rows, same batches', atLeast: 0.7, open: () => open(events) }
}

async function open(events: number): Promise<Sides> {
  const directory = new TemporaryDirectory()
  const file = directory.file('log.db')
  const log = sqliteEventLog({ file })
  await fillLog(log, events)
  await log.close()
  const rows = Array.from({ length: events }, (_, n) => copyRowAt(n))
  return {
    ours: () => catchUpOnce(copying, sqliteEventLog({ file }), events, directory.file('service')),
    baseline: () => {
      const database = new DatabaseSync(directory.file('bare.db'))
      database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE copy (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT',
      )
      const upsert = database.prepare('INSERT INTO copy (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
      const result = perSecond(events, () => {
        for (let from = 0; from < events; from += batchSize) {
          database.exec('BEGIN IMMEDIATE')
          for (const { key, value } of rows.slice(from, from + batchSize)) upsert.run(key, JSON.stringify(value))
          database.exec('COMMIT')
        }
      })
      database.close()
      return result
    },
    close: async () => directory.remove(),
  }
}

/** The row that a copy holds for the n-th order: its picked fields and where they came from. */
export function copyRowAt(n: number): { readonly key: string; readonly value: object } {
  const { orderId, customerId, totalCents } = orderAt(n)
  const { id, time, type } = eventAt(n)
  return { key: orderId, value: { fields: { customerId, orderId, totalCents }, from: { [type]: { id, position: n + 1, time } } } }
}
