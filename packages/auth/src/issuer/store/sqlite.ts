import type { Json } from '@tidings/core'
import { type SqliteHandle, type SqliteOptions, sqlite } from '@tidings/event-store/sqlite'
import type { IssuerStore } from './issuer-store.ts'

const migrations = [
  `create table issuer_rows (
    kind text not null, key text not null, value text not null, primary key (kind, key)
  ) strict, without rowid`,
]

/** Keeps the auth service in a SQLite file of its own. @throws {DefinitionInvalid} An option is wrong. */
export function sqliteIssuerStore(options: Omit<SqliteOptions, 'migrations'> = {}): IssuerStore<SqliteHandle> {
  return {
    database: sqlite({ ...options, migrations }),
    rows: (db) => ({
      get: async (table, key) => {
        const row = await db.get<{ value: string }>('select value from issuer_rows where kind = ? and key = ?', table, key)
        return row === undefined ? undefined : parsed(row.value)
      },

      put: async (table, key, value) => {
        const upsert = 'insert into issuer_rows values (?, ?, ?) on conflict (kind, key) do update set value = excluded.value'
        await db.run(upsert, table, key, JSON.stringify(value))
      },

      remove: async (table, key) => {
        await db.run('delete from issuer_rows where kind = ? and key = ?', table, key)
      },

      scan: async (table, { after = null, before = null, limit }) => {
        const rows = await db.all<{ key: string; value: string }>(
          "select key, value from issuer_rows where kind = ? and key > coalesce(?, '') and (? is null or key < ?) order by key limit ?",
          table,
          after,
          before,
          before,
          limit,
        )
        return rows.map(({ key, value }) => ({ key, value: parsed(value) }))
      },
    }),
  }
}

/** What was written above. */
function parsed(text: string): Json {
  return JSON.parse(text) as Json
}
