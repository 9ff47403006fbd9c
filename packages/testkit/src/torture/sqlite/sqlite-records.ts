import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'
import type { BooksRecords, MirrorRecords, TillRecords } from '../worker/opened-store.ts'

/** The sales, numbered by counting them. */
export const sqliteTill: TillRecords<SqliteHandle> = {
  database: sqlite({
    migrations: ['create table sales (sale_id text primary key, till text not null, number integer not null) strict'],
  }),
  nextNumber: async (db, till) => {
    const last = await db.get<{ number: number }>('select count(*) as number from sales where till = ?', till)
    return (last?.number ?? 0) + 1
  },
  addSale: async (db, { saleId, till, number }) => {
    await db.run('insert into sales values (?, ?, ?)', saleId, till, number)
  },
}

/** The lines, in the order of their ids. */
export const sqliteBooks: BooksRecords<SqliteHandle> = {
  database: sqlite({
    migrations: [
      'create table lines (id integer primary key, sale_id text not null, till text not null, number integer not null, event_id text not null) strict',
    ],
  }),
  addLine: async (db, { saleId, till, number, eventId }) => {
    await db.run('insert into lines (sale_id, till, number, event_id) values (?, ?, ?, ?)', saleId, till, number, eventId)
  },
}

/** The newest booking of each till. */
export const sqliteMirror: MirrorRecords<SqliteHandle> = {
  database: sqlite({ migrations: ['create table bookings (till text primary key, number integer not null) strict'] }),
  keepBooking: async (db, { till, number }) => {
    await db.run('insert into bookings values (?, ?) on conflict (till) do update set number = excluded.number', till, number)
  },
}
