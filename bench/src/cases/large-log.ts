import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { fillLog } from '../fill-log.ts'
import { eventAt } from '../orders.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'

const stretch = 20_000

/** Appending to and reading the end of a long log, against the same on a short one. */
export function largeLog(long: number, short: number): Comparison {
  return {
    name: `append and tail read at ${long.toLocaleString('en')} events in the log`,
    against: `at ${short.toLocaleString('en')}`,
    atLeast: 0.9,
    open: () => open(long, short),
  }
}

async function open(long: number, short: number): Promise<Sides> {
  const directory = new TemporaryDirectory()
  const [longLog, shortLog] = [sqliteEventLog({ file: directory.file('long.db') }), sqliteEventLog({ file: directory.file('short.db') })]
  await fillLog(shortLog, short)
  await fillLog(longLog, long)
  let made = long
  const appendAndRead = async (log: typeof longLog): Promise<number> => {
    const events = Array.from({ length: stretch }, () => eventAt(made++))
    return perSecond(stretch, async () => {
      let after = await log.sealed()
      for (let from = 0; from < stretch; from += 250) await log.append(events.slice(from, from + 250))
      for (let left = stretch; left > 0; ) {
        const { events: read, upTo } = await log.read({ after, limit: 250 })
        for (const { data } of read) JSON.parse(data)
        left -= read.length
        after = upTo
      }
    })
  }
  return {
    ours: () => appendAndRead(longLog),
    baseline: () => appendAndRead(shortLog),
    close: async () => {
      await longLog.close()
      await shortLog.close()
      directory.remove()
    },
  }
}
