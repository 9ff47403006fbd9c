import type { NewEvent } from '@tidings/core'
import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { type Comparison, perSecond, type Sides } from '../compare.ts'
import { BareEvents, documentOf } from '../mongodb/bare-events.ts'
import { MongodbServer } from '../mongodb/server.ts'
import { eventAt } from '../orders.ts'

/** Appends in flight at once, against the driver's own way to write as many. */
export function mongodbAppendInFlight(inFlight: number, events: number): Comparison {
  return {
    name: `MongoDB append, ${inFlight} in flight`,
    against: `bare insertMany in batches of ${inFlight}, same indexes and write concern`,
    atLeast: 0.8,
    open: () => openInFlight(inFlight, events),
  }
}

async function openInFlight(inFlight: number, events: number): Promise<Sides> {
  const { log, bare, prepared, close } = await open()
  let position = 0
  return {
    ours: () => {
      const rows = prepared(events)
      let next = 0
      const one = async (): Promise<void> => {
        for (let event = rows[next++]; event !== undefined; event = rows[next++]) await log.append([event])
      }
      return perSecond(events, async () => {
        await Promise.all(Array.from({ length: inFlight }, one))
      })
    },
    baseline: () => {
      const rows = prepared(events)
      return perSecond(events, async () => {
        for (let from = 0; from < events; from += inFlight) {
          const documents = rows.slice(from, from + inFlight).map((event) => documentOf(event, ++position))
          await bare.collection.insertMany(documents, { ordered: false })
        }
      })
    },
    close,
  }
}

/** One append after the other: how long half of them take at most. */
export function mongodbAppendAlone(events: number): Comparison {
  return {
    name: 'MongoDB append, one at a time, median',
    against: 'bare insertOne, same indexes and write concern',
    // 2.5 times as long.
    atLeast: 0.4,
    open: () => openAlone(events),
  }
}

async function openAlone(events: number): Promise<Sides> {
  const { log, bare, prepared, close } = await open()
  let position = 0
  return {
    ours: () => perSecondAtMedian(prepared(events), async (event) => void (await log.append([event]))),
    baseline: () =>
      perSecondAtMedian(prepared(events), async (event) => void (await bare.collection.insertOne(documentOf(event, ++position)))),
    close,
  }
}

async function open() {
  const server = await MongodbServer.start()
  const url = server.urlOf(server.newName())
  const log = mongodbEventLog({ url })
  await log.identity()
  const bare = await BareEvents.open(url)
  await bare.make()
  let made = 0
  return {
    log,
    bare,
    prepared: (count: number): NewEvent[] => Array.from({ length: count }, () => eventAt(made++)),
    close: async () => {
      await log.close()
      await bare.close()
      await server.stop()
    },
  }
}

/** How many there would be in a second if each took as long as the median. */
async function perSecondAtMedian(events: readonly NewEvent[], work: (event: NewEvent) => Promise<void>): Promise<number> {
  const took: number[] = []
  for (const event of events) {
    const startedAt = performance.now()
    await work(event)
    took.push(performance.now() - startedAt)
  }
  took.sort((a, b) => a - b)
  return 1_000 / (took[Math.floor(took.length / 2)] ?? Number.NaN)
}
