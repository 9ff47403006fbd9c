import type { Json, LedgerReader } from '@tidings/core'
import type { CopyReads } from '../handlers/handler-host.ts'
import { getRow } from '../ledger/tables.ts'
import type { CopyDefinition } from './copy-definition.ts'
import { CopyNotServed } from './copy-not-served.ts'
import type { CopyDataRow } from './copy-row.ts'

/** Reads of a service's copies, from whichever table is served. */
export function copyReads(service: string, definitions: readonly CopyDefinition[]): CopyReads {
  const digests = new Map(definitions.map(({ name, digest }) => [name, digest]))
  const tableOf = async (reader: LedgerReader, copy: string): Promise<string | undefined> => {
    const row = await getRow(reader, 'copies', copy)
    if (row !== undefined && row.definition !== digests.get(copy)) throw new CopyNotServed({ service, copy })
    return row?.table
  }
  return {
    get: async (reader, copy, key) => {
      const table = await tableOf(reader, copy)
      if (table === undefined) return undefined
      const [row] = await reader.get(table, [key])
      return (row as unknown as CopyDataRow | undefined)?.fields ?? undefined
    },
    find: async (reader, copy, where, limit) => {
      const table = await tableOf(reader, copy)
      if (table === undefined) return []
      const paths = Object.fromEntries(Object.entries(where).map(([field, value]) => [`fields.${field}`, value]))
      const found: Json[] = []
      let from: string | undefined
      // Removed rows stay in the table without fields, so a page may hold fewer than were asked for.
      for (;;) {
        const rows = await reader.scan(table, { limit, where: paths, ...(from === undefined ? {} : { from }) })
        for (const { value } of rows) {
          const { fields } = value as unknown as CopyDataRow
          if (fields !== null && found.length < limit) found.push(fields)
        }
        const last = rows.at(-1)
        if (found.length === limit || rows.length < limit || last === undefined) return found
        from = `${last.key}\u0000`
      }
    },
  }
}
