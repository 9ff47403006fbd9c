import type { DueRow, Tables } from './tables.ts'

/** The most rows that are removed at a time. */
const atOnce = 500

/** Has a row removed once its time has come. */
export function setDue(tables: Tables, at: number, row: DueRow): Promise<void> {
  return tables.due.put(`${timeKey(at)}/${row.table}/${row.key}`, row)
}

/** Removes rows whose time has come. Facts that were renewed meanwhile stay until their new time. @returns Whether there are more. */
export async function removeDue(tables: Tables, now: number): Promise<boolean> {
  const due = await tables.due.scan({ before: timeKey(now), limit: atOnce })
  for (const { key, row } of due) {
    const isRenewed = row.table === 'facts' && ((await tables.facts.get(row.key))?.until ?? 0) >= now
    if (!isRenewed && (row.table === 'facts' || row.table === 'sessions')) await tables[row.table].remove(row.key)
    await tables.due.remove(key)
  }
  return due.length === atOnce
}

/** In the order of time as text. */
function timeKey(ms: number): string {
  return String(ms).padStart(15, '0')
}
