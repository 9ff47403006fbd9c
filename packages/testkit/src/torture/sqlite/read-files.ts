import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { LogRow, SaleRow, ServiceRows } from '../check/round-rows.ts'
import { logFile } from './open-sqlite.ts'

type Row = Readonly<Record<string, unknown>>

/** The rows of a table. */
type ReadTable = (table: string, order: string) => readonly Row[]

/** The events in a log's file, read with nothing but `node:sqlite`. */
export function readLogFile(directory: string): readonly LogRow[] {
  return inFile(logFile(directory), (read) =>
    read('events', 'position').map(({ position, id, type, key, data }) => ({
      position: Number(position),
      id: String(id),
      type: String(type),
      key: String(key),
      data: String(data),
    })),
  )
}

/** All that a service keeps in its file, read with nothing but `node:sqlite`. */
export function readServiceFile(directory: string, service: string): ServiceRows {
  return inFile(join(directory, `${service}.db`), (read) => {
    const names = read('sqlite_schema', 'name')
      .map(({ name }) => String(name))
      // No table of the ledger has a dollar sign in its name; that of the migrations has.
      .filter((name) => name.startsWith('tidings_') && !name.includes('$'))
    const tables = new Map(names.map((name) => [name.slice('tidings_'.length), read(name, 'key').map(ledgerRow)]))
    return {
      sales: read('sales', 'sale_id').map(saleRow),
      lines: read('lines', 'id').map((row) => ({ ...saleRow(row), eventId: String(row.event_id) })),
      bookings: read('bookings', 'till').map(({ till, number }) => ({ till: String(till), number: Number(number) })),
      ledger: (table) => tables.get(table) ?? [],
    }
  })
}

/** Reads one state of the file. It, and each table in it, appears with the first that is written. */
function inFile<R>(file: string, work: (read: ReadTable) => R): R {
  if (!existsSync(file)) return work(() => [])
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  try {
    database.exec('begin')
    const names = new Set(
      database
        .prepare("select name from sqlite_schema where type = 'table'")
        .all()
        .map(({ name }) => String(name)),
    )
    return work((table, order) =>
      names.has(table) || table === 'sqlite_schema' ? database.prepare(`select * from "${table}" order by "${order}"`).all() : [],
    )
  } finally {
    database.close()
  }
}

function ledgerRow({ key, value }: Row): { readonly key: string; readonly value: unknown } {
  return { key: String(key), value: JSON.parse(String(value)) as unknown }
}

function saleRow(row: Row): SaleRow {
  return { saleId: String(row.sale_id), till: String(row.till), number: Number(row.number) }
}
