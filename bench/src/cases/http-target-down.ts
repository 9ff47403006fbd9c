import { type Comparison, perSecond } from '../compare.ts'
import { caller } from '../http/caller.ts'
import { question } from '../http/catalogue.ts'

/** How fast a call ends whose target is known to be down. */
export function httpTargetDown(calls: number): Comparison {
  return {
    name: 'HTTP call to a target that is down, breaker open, one at a time',
    against: 'one answer in 1 ms',
    atLeast: 1,
    open: async () => {
      // Nothing listens at the port that is reserved for measuring.
      const service = await caller('http://127.0.0.1:9')
      const refused = async (times: number): Promise<void> => {
        await service.run(async (call) => {
          for (let i = 0; i < times; i++) await call.offers(question).catch(() => undefined)
        })
      }
      return {
        ours: async () => {
          // It closes for one attempt every 5 s, and opens again.
          await refused(10)
          return await perSecond(calls, () => refused(calls))
        },
        baseline: async () => 1_000,
        close: () => service.stop(),
      }
    },
  }
}
