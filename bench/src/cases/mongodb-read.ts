import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { type Comparison, perSecond } from '../compare.ts'
import { fillLog } from '../fill-log.ts'
import { BareEvents, documentOf } from '../mongodb/bare-events.ts'
import { MongodbServer } from '../mongodb/server.ts'
import { eventAt, OrderPlaced } from '../orders.ts'

const page = 1_000

/** The whole log, read as a consumer reads it that wants one type. */
export function mongodbRead(events: number): Comparison {
  return {
    name: 'MongoDB read of the whole log',
    against: 'bare cursor in order, with JSON decoded',
    atLeast: 0.8,
    open: async () => {
      const server = await MongodbServer.start()
      const url = server.urlOf(server.newName())
      const writing = mongodbEventLog({ url })
      await fillLog(writing, events)
      await writing.close()
      const bare = await BareEvents.open(url)
      await bare.make()
      for (let from = 0; from < events; from += page)
        await bare.collection.insertMany(Array.from({ length: page }, (_, i) => documentOf(eventAt(from + i), from + i + 1)))
      const log = mongodbEventLog({ url })
      await log.sealed()
      return {
        ours: () =>
          perSecond(events, async () => {
            for (let after = 0; after < events; ) {
              const { events: read, upTo } = await log.read({ after, types: [OrderPlaced.name], limit: page })
              for (const { data } of read) JSON.parse(data)
              after = upTo
            }
          }),
        baseline: () =>
          perSecond(events, async () => {
            if ((await bare.read()) !== events) throw new Error('The baseline has not read every event.')
          }),
        close: async () => {
          await log.close()
          await bare.close()
          await server.stop()
        },
      }
    },
  }
}
