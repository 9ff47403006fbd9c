import { type Comparison, perSecond } from '../compare.ts'
import { bareCalls } from '../http/bare-call.ts'
import { caller, repeatedly } from '../http/caller.ts'
import { question } from '../http/catalogue.ts'
import { served } from '../http/served.ts'

/** How many calls a service makes to another one, which has a process of its own. */
export function httpCall(calls: number, atOnce: number): Comparison {
  return {
    name: `HTTP call from service to service, ${atOnce} at once`,
    against: 'bare undici to the same server',
    atLeast: 0.9,
    open: async () => {
      // No handler may take for ever.
      const inParts = async (part: (calls: number) => Promise<void>): Promise<void> => {
        for (let done = 0; done < calls; done += calls / 10) await part(calls / 10)
      }
      const server = await served()
      const service = await caller(server.ours)
      const bare = bareCalls(server.ours, 'offers')
      return {
        ours: () => perSecond(calls, () => inParts((part) => service.run((call) => repeatedly(part, atOnce, () => call.offers(question))))),
        baseline: () => perSecond(calls, () => inParts((part) => repeatedly(part, atOnce, bare.call))),
        close: async () => {
          await bare.close()
          await service.stop()
          await server.stop()
        },
      }
    },
  }
}
