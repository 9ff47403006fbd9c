import { mongodbEventLog } from '@tidings/event-store/mongodb'
import { type Comparison, perSecond } from '../compare.ts'
import { LineProcess } from '../line-process.ts'
import { MongodbServer } from '../mongodb/server.ts'
import { eventAt } from '../orders.ts'

/** Appends of single events that many callers make at once, against the event store on MongoDB that is there for TypeScript. */
export function mongodbAgainstEmmett(inFlight: number, events: number): Comparison {
  return {
    name: `MongoDB append, ${inFlight} in flight`,
    against: 'emmett-mongodb, as many in flight, to 1,000 streams',
    atLeast: 5,
    open: async () => {
      const server = await MongodbServer.start()
      const log = mongodbEventLog({ url: server.urlOf(server.newName()) })
      await log.identity()
      const emmett = await LineProcess.start('../emmett/src/append-process.ts', server.urlOf(server.newName()), String(inFlight), '1000')
      let made = 0
      return {
        ours: () => {
          let left = events
          const one = async (): Promise<void> => {
            while (left-- > 0) await log.append([eventAt(made++)])
          }
          return perSecond(events, async () => void (await Promise.all(Array.from({ length: inFlight }, one))))
        },
        baseline: async () => Number(await emmett.ask(String(events))),
        close: async () => {
          await emmett.stop()
          await log.close()
          await server.stop()
        },
      }
    },
  }
}
