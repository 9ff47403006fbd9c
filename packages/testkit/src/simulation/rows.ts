import type { Json, ServiceDatabase } from '@tidings/core'
import { type MemoryDatabase, type MemoryHandle, memory } from '@tidings/event-store/memory'
import { type SqliteHandle, sqlite } from '@tidings/event-store/sqlite'

/** A service's own rows, whatever database they are in. */
export interface OwnRows {
  get(table: string, key: string): Promise<Json | undefined>
  put(table: string, key: string, value: Json): Promise<void>
  all(table: string): Promise<readonly Json[]>
}

/** The rows behind a handler's handle. */
export function ownRows(db: unknown): OwnRows {
  // The simulation gives every service one of these two databases.
  return 'run' in (db as object) ? sqliteRows(db as SqliteHandle) : (db as MemoryHandle)
}

function sqliteRows(db: SqliteHandle): OwnRows {
  const parse = (row: { readonly value: string } | undefined): Json | undefined =>
    row === undefined ? undefined : (JSON.parse(row.value) as Json)
  return {
    get: async (table, key) => parse(await db.get('select value from own where name = ? and key = ?', table, key)),
    put: async (table, key, value) => {
      await db.run(
        'insert into own values (?, ?, ?) on conflict (name, key) do update set value = excluded.value',
        table,
        key,
        JSON.stringify(value),
      )
    },
    all: async (table) =>
      (await db.all<{ value: string }>('select value from own where name = ? order by key', table)).map(
        (row) => JSON.parse(row.value) as Json,
      ),
  }
}

/** A database of either kind, holding the same rows. */
export function databaseFor(place: MemoryDatabase | string): ServiceDatabase {
  if (typeof place === 'string')
    return sqlite({
      file: place,
      migrations: ['create table own (name text, key text, value text, primary key (name, key)) strict'],
    }) as ServiceDatabase
  return memory({ shared: place }) as ServiceDatabase
}
