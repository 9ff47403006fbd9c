import type { NewEvent } from '@tidings/core'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { BareLog } from '../bare-log.ts'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { eventAt } from '../orders.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'

/** Appends in flight at once; each waits for its acknowledgement before the next. */
export function appendInFlight(inFlight: number, events: number, atLeast: number): Comparison {
  return {
    name: inFlight === 1 ? 'SQLite append, one at a time' : `SQLite append, ${inFlight} in flight`,
    against:
      inFlight === 1 ? 'bare single inserts, same pragmas' : 'bare node:sqlite inserts of the same rows in transactions of the same size',
    atLeast,
    open: async () => open(inFlight, events),
  }
}

async function open(inFlight: number, events: number): Promise<Sides> {
  const directory = new TemporaryDirectory()
  const log = sqliteEventLog({ file: directory.file('log.db') })
  await log.identity()
  const bare = new BareLog(directory.file('bare.db'))
  let made = 0
  const prepared = (): NewEvent[] => Array.from({ length: events }, () => eventAt(made++))
  return {
    ours: () => {
      const rows = prepared()
      let next = 0
      const one = async (): Promise<void> => {
        for (let event = rows[next++]; event !== undefined; event = rows[next++]) await log.append([event])
      }
      return perSecond(events, async () => {
        await Promise.all(Array.from({ length: inFlight }, one))
      })
    },
    baseline: () => {
      const rows = prepared()
      return perSecond(events, () => {
        for (let from = 0; from < events; from += inFlight) bare.append(rows.slice(from, from + inFlight))
      })
    },
    close: async () => {
      await log.close()
      bare.close()
      directory.remove()
    },
  }
}
