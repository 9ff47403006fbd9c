import type { EventLog } from '@tidings/core'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { sqliteEventLog } from '@tidings/event-store/sqlite'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { fillLog } from '../fill-log.ts'
import { MongodbServer } from '../mongodb/server.ts'
import { eventAt } from '../orders.ts'
import { TemporaryDirectory } from '../temporary-directory.ts'

/** Logs to be measured, and how to leave nothing of them. */
interface Logs {
  readonly open: (name: string) => EventLog
  readonly remove: () => Promise<void> | void
}

/** Appending to and reading the end of a long log, against the same on a short one. */
export function largeLog(long: number, short: number): Comparison {
  return {
    name: `append and tail read at ${long.toLocaleString('en')} events in the log`,
    against: `at ${short.toLocaleString('en')}`,
    atLeast: 0.9,
    open: () => {
      const directory = new TemporaryDirectory()
      return open(long, short, 20_000, { open: (name) => sqliteEventLog({ file: directory.file(name) }), remove: () => directory.remove() })
    },
  }
}

/** The same on MongoDB. */
export function largeMongodbLog(long: number, short: number): Comparison {
  return {
    ...largeLog(long, short),
    name: `MongoDB append and tail read at ${long.toLocaleString('en')} events in the log`,
    open: async () => {
      const server = await MongodbServer.start()
      return open(long, short, 5_000, { open: (name) => mongodbEventLog({ url: server.urlOf(name) }), remove: () => server.stop() })
    },
  }
}

async function open(long: number, short: number, stretch: number, logs: Logs): Promise<Sides> {
  const [longLog, shortLog] = [logs.open('long'), logs.open('short')]
  await fillLog(shortLog, short)
  await fillLog(longLog, long)
  let made = long
  const appendAndRead = async (log: EventLog): Promise<number> => {
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
      await logs.remove()
    },
  }
}
