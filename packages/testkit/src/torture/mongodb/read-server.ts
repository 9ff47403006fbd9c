import type { Db, Document, MongoClient } from 'mongodb'
import { readAgain } from '../check/read-again.ts'
import type { LogRow, LogRows, SaleRow, ServiceRows } from '../check/round-rows.ts'
import { logDatabase } from './open-mongodb.ts'

/** Everything at a position, read with nothing but the driver. */
export async function readLog(client: MongoClient): Promise<LogRows> {
  const documents = await all(client.db(logDatabase), 'events', { _id: { $gt: 0 } })
  const alive = documents.filter(({ tombstone }) => tombstone === undefined)
  const positions = new Set(alive.map(({ _id }) => Number(_id)))
  return {
    events: alive.map(eventRow),
    closed: documents.filter(({ tombstone }) => tombstone !== undefined).map(({ _id }) => Number(_id)),
    damage: alive
      .filter(({ head }) => head !== undefined && !positions.has(Number(head)))
      .map(({ _id, head }) => `I4 the event at position ${_id} is there, and the head of its group at ${head} is not`),
  }
}

/** All that a service keeps in its database, read with nothing but the driver. */
export async function readService(client: MongoClient, service: string): Promise<ServiceRows> {
  const database = client.db(service)
  const [sales, lines, bookings, ledger] = await Promise.all(
    ['sales', 'lines', 'bookings', 'tidings_ledger'].map((name) => all(database, name, {})),
  )
  const tables = Map.groupBy((ledger ?? []).map(ledgerRow), ({ table }) => table)
  return {
    sales: (sales ?? []).map((sale) => saleRow(sale._id, sale)),
    lines: (lines ?? []).map((line) => ({ ...saleRow(line.saleId, line), eventId: String(line.eventId) })),
    bookings: (bookings ?? []).map(({ _id, number }) => ({ till: String(_id), number: Number(number) })),
    ledger: (table) => tables.get(table) ?? [],
  }
}

function all(database: Db, name: string, filter: Document): Promise<readonly Document[]> {
  return readAgain(`${database.databaseName}.${name}`, () =>
    database
      .collection(name)
      .find(filter, { sort: { _id: 1 }, batchSize: 10_000, readConcern: 'majority' })
      .toArray(),
  )
}

function eventRow({ _id, id, type, key, data }: Document): LogRow {
  return { position: Number(_id), id: String(id), type: String(type), key: String(key), data: String(data) }
}

function saleRow(saleId: unknown, { till, number }: Document): SaleRow {
  return { saleId: String(saleId), till: String(till), number: Number(number) }
}

/** Rows of all tables stand in one collection, as `<table>/<key>`. */
function ledgerRow({ _id, value, json }: Document): { readonly table: string; readonly key: string; readonly value: unknown } {
  const id = String(_id)
  const slash = id.indexOf('/')
  return { table: id.slice(0, slash), key: id.slice(slash + 1), value: json === undefined ? (value as unknown) : JSON.parse(String(json)) }
}
