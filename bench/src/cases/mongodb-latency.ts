import { setTimeout as sleep } from 'node:timers/promises'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { bothOfOneRun, type Comparison } from '../compare.ts'
import { LineProcess } from '../line-process.ts'
import { MongodbServer } from '../mongodb/server.ts'
import { eventAt } from '../orders.ts'

const allowedMs = 20

/** How long it takes from an append to the handler in another process, at a steady rate: 99 of 100 events are there by then. */
export function mongodbLatency(perSecond: number, events: number): Comparison {
  return {
    name: `MongoDB append → handler in another process, ${perSecond} events/s, p99 (as 1 s / p99)`,
    against: `append's own p99 + ${allowedMs} ms`,
    atLeast: 1,
    open: async () => {
      const server = await MongodbServer.start()
      const url = server.urlOf(server.newName())
      const log = mongodbEventLog({ url })
      await log.identity()
      const handler = await LineProcess.start('mongodb/handler-process.ts', url, server.urlOf(server.newName()))
      let made = 0
      const append = async (): Promise<number> => {
        const event = eventAt(made++)
        const begun = performance.timeOrigin + performance.now()
        await log.append([{ ...event, data: JSON.stringify({ ...JSON.parse(event.data), customerId: String(begun) }) }])
        return performance.timeOrigin + performance.now() - begun
      }
      const once = async () => {
        const startedAt = performance.now()
        const appends: Promise<number>[] = []
        // By the clock and not by what was answered: whoever waits for a slow answer would not see what waits behind it.
        while (appends.length < events) {
          const due = Math.min(events, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1)
          while (appends.length < due) appends.push(append())
          await sleep(1)
        }
        const took = await Promise.all(appends)
        return { ours: 1_000 / Number(await handler.ask(String(events))), baseline: 1_000 / (p99(took) + allowedMs) }
      }
      return {
        ...bothOfOneRun(once),
        close: async () => {
          await handler.stop()
          await log.close()
          await server.stop()
        },
      }
    },
  }
}

/** 99 of 100 are no more than that. */
export function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN
}
