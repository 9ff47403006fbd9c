import { defineContract, defineService } from '@tidings/core'
import { mongodbDatabase, mongodbEventLog } from '@tidings/event-store/mongodb'
import { type Comparison, perSecond } from '../compare.ts'
import { fillLog } from '../fill-log.ts'
import { BareEvents } from '../mongodb/bare-events.ts'
import { MongodbServer } from '../mongodb/server.ts'
import { OrderPlaced } from '../orders.ts'
import { catchUpOnce } from './catch-up.ts'

/** A consumer on MongoDB whose handler does nothing works off a log on MongoDB, checkpoints on. */
export function mongodbCatchUp(events: number): Comparison {
  return {
    name: 'MongoDB catch-up, handlers that do nothing, checkpoints on',
    against: 'bare cursor in order, with JSON decoded',
    atLeast: 0.8,
    open: async () => {
      const server = await MongodbServer.start()
      const url = server.urlOf(server.newName())
      const log = mongodbEventLog({ url })
      await fillLog(log, events)
      await log.sealed()
      await log.close()
      const bare = await BareEvents.open(url, 'events')
      const idle = () =>
        defineService(defineContract('readers', {}), { database: mongodbDatabase({ url: server.urlOf(server.newName()) }) })
          .on(OrderPlaced, async () => {}, { from: 'beginning' })
          .implement({})
      return {
        ours: () => catchUpOnce(idle(), mongodbEventLog({ url }), events),
        baseline: () =>
          perSecond(events, async () => {
            if ((await bare.read()) !== events) throw new Error('The baseline has not read every event.')
          }),
        close: async () => {
          await bare.close()
          await server.stop()
        },
      }
    },
  }
}
