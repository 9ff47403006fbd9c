import { type Json, type LedgerRange, type LedgerRow, StatementFailed } from '@tidings/core'
import { type BrokenLedger, replacing, withLedger, withReader, withTransaction } from './break-ledger.ts'

const all: LedgerRange = { limit: 10_000 }

/** Faults in how rows are kept and found. */
export const brokenRows: readonly BrokenLedger[] = [
  {
    fault: 'text ends at a NUL',
    foundBy: 'values come back as they were, whatever JSON carries, and as objects of their own',
    breaks: withTransaction((tx) => ({
      put: (table, rows) =>
        tx.put(
          table,
          rows.map(({ key, value }) => ({ key, value: JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '')) as Json })),
        ),
    })),
  },
  {
    fault: 'values that are null are taken for missing',
    foundBy: 'values come back as they were, whatever JSON carries, and as objects of their own',
    breaks: withReader((reader) => ({ get: async (table, keys) => (await reader.get(table, keys)).map((value) => value ?? undefined) })),
  },
  {
    fault: 'the object that was given is handed out again',
    foundBy: 'values come back as they were, whatever JSON carries, and as objects of their own',
    breaks: withTransaction((tx) => {
      const given = new Map<string, Json>()
      return {
        put: async (table, rows) => {
          for (const { key, value } of rows) given.set(`${table} ${key}`, value)
          await tx.put(table, rows)
        },
        get: async (table, keys) => (await tx.get(table, keys)).map((value, i) => given.get(`${table} ${keys[i]}`) ?? value),
      }
    }),
  },
  {
    fault: 'rows that exist are left as they are',
    foundBy: 'a row that is written again has its newest value, also within one put',
    breaks: withTransaction((tx) => ({
      put: async (table, rows) => {
        const known = await tx.get(
          table,
          rows.map(({ key }) => key),
        )
        await tx.put(
          table,
          rows.filter((_, i) => known[i] === undefined),
        )
      },
    })),
  },
  {
    fault: 'of one key twice in a put the first counts',
    foundBy: 'a row that is written again has its newest value, also within one put',
    breaks: withTransaction((tx) => ({ put: (table, rows) => tx.put(table, [...rows].reverse()) })),
  },
  {
    fault: 'get leaves out what does not exist',
    foundBy: 'get answers in the order asked, with undefined for rows that do not exist',
    breaks: withReader((reader) => ({
      get: async (table, keys) => (await reader.get(table, keys)).filter((value) => value !== undefined),
    })),
  },
  {
    fault: 'get answers in the order of the keys',
    foundBy: 'get answers in the order asked, with undefined for rows that do not exist',
    breaks: withReader((reader) => ({ get: (table, keys) => reader.get(table, [...keys].sort()) })),
  },
  {
    fault: 'keys are sorted as UTF-16',
    foundBy: 'scans are in the order of the keys as UTF-8, with the range from inclusive, before exclusive, and the limit',
    breaks: withReader((reader) => ({
      scan: async (table, range) => {
        const rows = [...(await reader.scan(table, all))].sort((a, b) => (a.key < b.key ? -1 : 1))
        return rows
          .filter(({ key }) => (range.from ?? '') <= key && (range.before === undefined || key < range.before))
          .slice(0, range.limit)
      },
    })),
  },
  {
    fault: 'before is inclusive',
    foundBy: 'scans are in the order of the keys as UTF-8, with the range from inclusive, before exclusive, and the limit',
    breaks: withReader((reader) => ({
      scan: (table, range) => reader.scan(table, range.before === undefined ? range : { ...range, before: `${range.before}\0` }),
    })),
  },
  {
    fault: 'from is exclusive',
    foundBy: 'scans are in the order of the keys as UTF-8, with the range from inclusive, before exclusive, and the limit',
    breaks: withReader((reader) => ({
      scan: (table, range) => reader.scan(table, range.from === undefined ? range : { ...range, from: `${range.from}\0` }),
    })),
  },
  {
    fault: 'the limit is one more',
    foundBy: 'scans are in the order of the keys as UTF-8, with the range from inclusive, before exclusive, and the limit',
    breaks: withReader((reader) => ({
      scan: (table, range) => reader.scan(table, { ...range, limit: Math.min(10_000, range.limit + 1) }),
    })),
  },
  {
    fault: 'odd limits are put right in silence',
    foundBy: 'a scan that asks for less than 1 row, more than 10,000 or no number of rows fails',
    breaks: withReader((reader) => ({
      scan: (table, range) => reader.scan(table, { ...range, limit: range.limit >= 1 ? Math.min(10_000, Math.floor(range.limit)) : 1 }),
    })),
  },
  ...[
    {
      fault: 'true is 1, and text is a number',
      same: (found: unknown, wanted: unknown) =>
        found === wanted || (found !== null && wanted !== null && Number(found) === Number(wanted)),
    },
    { fault: 'absent is null', same: (found: unknown, wanted: unknown) => (found ?? null) === wanted },
    {
      fault: 'the case of letters does not count',
      same: (found: unknown, wanted: unknown) =>
        String(found).toLowerCase() === String(wanted).toLowerCase() && typeof found === typeof wanted,
    },
    { fault: 'every row is found', same: () => true },
    { fault: 'no row is found', same: () => false },
  ].map(({ fault, same }) => ({
    fault,
    foundBy: 'where finds exactly the rows that have these values at these paths',
    breaks: withReader((reader) => ({
      scan: async (table, { where = {}, ...range }) =>
        (await reader.scan(table, { ...range, ...all }))
          .filter((row) => Object.entries(where).every(([path, wanted]) => same(at(row, path), wanted)))
          .slice(0, range.limit),
    })),
  })),
  {
    fault: 'paths lead into arrays',
    foundBy: 'where finds exactly the rows that have these values at these paths',
    breaks: withReader((reader) => ({
      scan: async (table, { where = {}, ...range }) =>
        (await reader.scan(table, { ...range, ...all }))
          .filter((row) => Object.entries(where).every(([path, wanted]) => at(row, path) === wanted))
          .slice(0, range.limit),
    })),
  },
  {
    fault: 'a table that does not exist is an error',
    foundBy: 'a table that does not exist is empty, and can be removed from and dropped',
    breaks: withReader((reader, ledger) => ({
      get: async (table, keys) => {
        if ((await reader.scan(table, { limit: 1 })).length === 0)
          throw new StatementFailed({ database: ledger.location, reason: `no such table: ${table}` })
        return reader.get(table, keys)
      },
    })),
  },
  {
    fault: 'drop does nothing',
    foundBy: 'a dropped table is gone with all its rows, can be made again, and is back when the drop is rolled back',
    breaks: withTransaction(() => ({ drop: async () => {} })),
  },
  {
    fault: 'a drop cannot be rolled back',
    foundBy: 'a dropped table is gone with all its rows, can be made again, and is back when the drop is rolled back',
    breaks: withLedger((inner) => ({
      transaction: async (work, signal) => {
        const dropped: string[] = []
        try {
          return await inner.transaction((tx) => {
            const drop = (table: string): Promise<void> => {
              dropped.push(table)
              return tx.drop(table)
            }
            return work(replacing(tx, { drop }))
          }, signal)
        } catch (error) {
          for (const table of dropped) await inner.transaction((tx) => tx.drop(table))
          throw error
        }
      },
    })),
  },
  ...[
    { fault: 'names of tables are taken in lower case', as: (table: string) => table.toLowerCase() },
    { fault: 'odd characters in names of tables are replaced', as: (table: string) => table.replace(/\W/g, '_') },
    { fault: 'names of tables are cut', as: (table: string) => table.slice(0, 63) },
  ].map(({ fault, as }) => ({
    fault,
    foundBy: 'tables with different names are different tables, and none is the users own',
    breaks: withLedger((inner) => ({
      transaction: (work, signal) =>
        inner.transaction(
          (tx) =>
            work({
              db: tx.db,
              get begun() {
                return tx.begun
              },
              get: (table, keys) => tx.get(as(table), keys),
              scan: (table, range) => tx.scan(as(table), range),
              put: (table, rows) => tx.put(as(table), rows),
              remove: (table, keys) => tx.remove(as(table), keys),
              drop: (table) => tx.drop(as(table)),
            }),
          signal,
        ),
      read: (work, signal) =>
        inner.read(
          (reader) =>
            work({
              db: reader.db,
              get: (table, keys) => reader.get(as(table), keys),
              scan: (table, range) => reader.scan(as(table), range),
            }),
          signal,
        ),
    })),
  })),
]

function at(row: LedgerRow, path: string): unknown {
  let found: unknown = row.value
  for (const step of path.split('.'))
    found = typeof found === 'object' && found !== null && Object.hasOwn(found, step) ? (found as Record<string, unknown>)[step] : undefined
  return found
}
